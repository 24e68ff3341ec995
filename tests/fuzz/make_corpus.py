#!/usr/bin/env python3
"""Makes tests/fuzz/corpus/checkpoint again, from checkpoints that the program writes.

usage: make_corpus.py KGON

The first byte of a file is the reader that gets the rest, as in checkpoint_target.cpp. The studies are
those of tests/fuzz/studies, whose plans the target knows; a run is stopped by SIGTERM on its way.
"""
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRAIN_BLOCK, TRAIN_STATE, LLC_BLOCK, SAMPLE_BLOCK, HEADER, HASHED_HEADER, BLOCKS_FILE, STATES_FILE, \
    HASHED_STATES, WRITTEN_BLOCKS, LLC_STATE = range(11)
READER = {"train": TRAIN_BLOCK, "llc": LLC_BLOCK, "sample": SAMPLE_BLOCK}


def header_size(data):
    (identity,) = struct.unpack_from("<Q", data, 16)
    return 16 + 16 + identity + 8


def blocks_of(data):
    at = header_size(data)
    while at + 16 <= len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        yield data[at + 16:at + 16 + size]
        at += 16 + size


def body_of(data):
    at = header_size(data)
    (size,) = struct.unpack_from("<Q", data, at)
    return data[at + 16:at + 16 + size]


def states_of(body):
    (count,) = struct.unpack_from("<Q", body, 16)
    at = 24
    for _ in range(count):
        (size,) = struct.unpack_from("<Q", body, at)
        yield body[at + 16:at + 16 + size]
        at += 16 + size


def checkpoint(kgon, stage, seconds, folder):
    """What a run leaves that is stopped while it works; None where it ended before."""
    output = folder / "x.nc"
    process = subprocess.Popen([kgon, stage, str(HERE / "studies" / f"{stage}.toml"),
                                "--device", "cpu", "--threads", "1", "--quiet", "-o", str(output),
                                "--checkpoint-every", "0.02", "--overwrite"],
                               stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    if process.wait() != 75:
        return None
    found = {name: folder / f"x.nc.{name}" for name in ("blocks", "checkpoint")}
    return {name: path.read_bytes() for name, path in found.items() if path.exists()}


def write(name, reader, data):
    (HERE / "corpus" / "checkpoint" / name).write_bytes(bytes([reader]) + data)
    print(name, 1 + len(data))


def write_corpus_of(kgon, stage, folder):
    """Stops it later and later, until there are blocks and it is not over."""
    for tenths in range(1, 100):
        files = checkpoint(kgon, stage, tenths / 10, folder)
        if files is None:
            sys.exit(f"{stage}: ended before it was stopped")
        blocks = list(blocks_of(files["blocks"]))
        if blocks:
            break
    for name, data in files.items():
        write(f"{stage}_{name}", BLOCKS_FILE if name == "blocks" else STATES_FILE, data)
    header = files["blocks"][:header_size(files["blocks"])]
    write(f"{stage}_header", HEADER, header)
    write(f"{stage}_identity", HASHED_HEADER, header[32:-8])
    for number, block in enumerate(blocks[:2]):
        write(f"{stage}_block_{number}", READER[stage], block)
        write(f"{stage}_written_{number}", WRITTEN_BLOCKS,
              bytes([min(255, (len(block) + 7) // 8)]) + block)
    body = body_of(files["checkpoint"])
    write(f"{stage}_hashed_states", HASHED_STATES, body)
    if stage == "train":
        for number, state in enumerate(states_of(body)):
            write(f"train_state_{number}", TRAIN_STATE, state)
    if stage == "llc":
        for number, state in enumerate(states_of(body)):
            # Behind its first point, and its length.
            write(f"llc_state_{number}", LLC_STATE, state[24:])


def main():
    (HERE / "corpus" / "checkpoint").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for stage in READER:
            write_corpus_of(sys.argv[1], stage, Path(name))


if __name__ == "__main__":
    main()
