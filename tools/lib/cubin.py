"""What the machine code of a cubin says of its kernels, read without a disassembler."""
import struct

INSTRUCTION = 16  # bytes, from sm_70 on
BRANCH = 0x947  # BRA, the low 12 bits of an instruction
CODE = ".text."


def _sections(data):
    """Names and contents of the sections of a 64-bit little-endian ELF file."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit little-endian ELF file")
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, table + size * i) for i in range(count)]
    start = headers[names][4]
    for name, kind, _, _, offset, length in headers:
        text = data[start + name:data.index(b"\0", start + name)].decode()
        yield text, b"" if kind == 8 else data[offset:offset + length]  # 8: SHT_NOBITS


def loops(code):
    """(first, last) instruction of every branch that goes back. Its offset from the instruction behind
    it, in units of four bytes, is in bits 16-23 and 34-81."""
    for at in range(0, len(code), INSTRUCTION):
        word = int.from_bytes(code[at:at + INSTRUCTION], "little")
        if word & 0xFFF != BRANCH:
            continue
        offset = word >> 16 & 0xFF | (word >> 34 & (1 << 48) - 1) << 8
        if offset >> 55:
            target = at + INSTRUCTION + 4 * (offset - (1 << 56))
            # A branch to itself pads the end of every function.
            if target < at:
                yield target // INSTRUCTION, at // INSTRUCTION


def opcodes(code):
    """The low nine bits of every instruction: what it does, whatever its operands are."""
    return [int.from_bytes(code[at:at + 2], "little") & 0x1FF for at in range(0, len(code), INSTRUCTION)]


def codes(data):
    """(mangled name, code) of the kernels."""
    for name, code in _sections(data):
        if name.startswith(CODE):
            yield name[len(CODE):], code


def kernels(data):
    """{mangled name: (bytes of code, instructions of its longest loop, of its longest innermost loop)}."""
    found = {}
    for name, code in codes(data):
        here = list(loops(code))
        lengths = [last - first + 1 for first, last in here]
        innermost = [length for (first, last), length in zip(here, lengths)
                     if not any((first, last) != other and first <= other[0] and other[1] <= last
                                for other in here)]
        found[name] = (len(code), max(lengths, default=0), max(innermost, default=0))
    return found
