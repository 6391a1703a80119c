"""A small lab in which real containers run under real profiles and the kernel's own records are collected.

Used by scripts/record_sample and tests/e2e. Needs root, auditd and an OCI runtime; nothing here is needed to build
or to use seccomp-medic. Python's standard library only.
"""
