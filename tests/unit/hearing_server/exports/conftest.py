from tests.unit.hearing_server.sealing.conftest import sealed_original

__all__ = ["sealed_original"]
