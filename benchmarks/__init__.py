"""What the program gives on this machine: `python -m benchmarks [--quick] [NAME ...]`.

The measured program is a real `hotline serve` in a process of its own; its callers are SIPp
for the signalling and `telephones` for the sound, each in processes of their own. Times on
the wire are the kernel's receive times. `docs/benchmarks.md` tells what each number means.
"""
