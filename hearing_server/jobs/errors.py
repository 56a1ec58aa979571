"""Why a job did not come to its end: ``JobError`` ⊃ ``JobFailed``, ``LeaseLost``."""


class JobError(Exception):
    """Base of this package's errors."""


class JobFailed(JobError):
    """The work could not be done; the message says why, without names or speech."""


class LeaseLost(JobError):
    """Another runner holds the job now; nothing more may be written for it."""
