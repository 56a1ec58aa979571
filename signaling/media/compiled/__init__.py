"""The hot path compiled: `reading`, `forwarding` and `packet_row` step by step as the modules of those names do it in Python, for less than
half the CPU time. Those say what is done and why; here it is done with plain memory and the kernel's own calls. Nothing is kept here that
they would not see. Linux only, for ``recvmmsg`` and ``UDP_SEGMENT``.
"""
