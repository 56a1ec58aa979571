"""``python -m asr``: the transcriber process of a worker. See `asr.sink_process`."""

import argparse
import os
import sys
from pathlib import Path

import structlog

from asr.facts import FactStream
from asr.recognition_threads import default_thread_count
from asr.sink_process import Options, SinkProcess


def main() -> int:
    """Takes over stdout for facts: whatever a library prints there goes to stderr with the logs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    facts = FactStream(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return SinkProcess(_options(), sys.stdin.fileno(), facts).run()


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m asr", description="Transcribes a sink stream from stdin to facts on stdout."
    )
    parser.add_argument(
        "--model", default="", help="name or folder of a Vosk model (default: the best one on this machine)"
    )
    parser.add_argument("--model-dir", type=Path, default=None, help="folder in which models are looked for first")
    parser.add_argument("--threads", type=int, default=default_thread_count(), help="recognition threads")
    parser.add_argument(
        "--no-shedding", action="store_true", help="leave nothing out however long it takes, for recordings"
    )
    parser.add_argument(
        "--max-rss-mb", type=int, default=0, help="end between utterances above this (default: no limit)"
    )
    given = parser.parse_args()
    return Options(given.model, given.model_dir, max(1, given.threads), not given.no_shedding, given.max_rss_mb)


if __name__ == "__main__":
    sys.exit(main())
