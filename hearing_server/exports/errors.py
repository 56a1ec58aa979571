"""``ExportFailed``: the one exception of this package. It carries a stable code, which is all that is kept of it."""

from hearing_server.domain.export import ExportError


class ExportFailed(Exception):
    """``code`` says what to do about it."""

    def __init__(self, code: ExportError) -> None:
        super().__init__(code.value)
        self.code = code
