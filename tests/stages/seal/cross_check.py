#!/usr/bin/env python3
"""The envelope against Debian's python3-cryptography, both ways, and the ciphers against its published vectors.

usage: cross_check.py SEAL_PROBE; exit status 77 (skipped) when python3-cryptography is not installed
"""
import base64
import json
import os
import subprocess
import sys

try:
    import make_vectors
    from cryptography.hazmat.primitives.asymmetric import rsa
except ImportError:
    print("skipped: python3-cryptography is not installed")
    sys.exit(77)
try:
    import cryptography_vectors
except ImportError:
    cryptography_vectors = None

GROUP = "fN1SbArXTPSVFNUvaOlinQ"


class Probe:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command, *fields):
        words = [command] + ["=" + base64.b64encode(f.encode() if isinstance(f, str) else f).decode() for f in fields]
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def text(self, *request):
        reply = self.ask(*request)
        return base64.b64decode(reply[1:]) if reply.startswith("=") else None


def check_envelopes(probe):
    keys = [rsa.generate_private_key(65537, bits) for bits in (2048, 3072, 4096)]
    ring = "".join(make_vectors.pem_of(key) for key in keys)
    for round_number in range(60):
        key = keys[round_number % 3]
        plain = os.urandom(round_number * 97)
        ours = probe.ask("seal", make_vectors.public_pem_of(key), plain, GROUP)
        assert make_vectors.open_envelope(key, ours, GROUP) == plain
        theirs = make_vectors.seal(key.public_key(), make_vectors.kid_of(key), plain, GROUP)
        assert probe.text("open", ring, theirs, GROUP) == plain
    sealed = json.loads(theirs)
    refusals = set()
    for name in ("ek", "iv", "ct", "tag"):
        raw = base64.b64decode(sealed[name])
        for bit in range(0, 8 * len(raw), max(1, len(raw) // 12)):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            bad = json.dumps({**sealed, name: base64.b64encode(bytes(flipped)).decode()})
            refusals.add(probe.ask("open", ring, bad, GROUP))
    refusals.add(probe.ask("open", ring, theirs, "g" + GROUP[1:]))
    assert refusals == {f"refused: cannot decrypt credentials (kid={sealed['kid']})"}, refusals
    print("60 envelopes each way; flipped bits and another group: one text")


def records(*path):
    """The fields of a NIST response file, one dictionary a record."""
    record = {}
    with cryptography_vectors.open_vector_file(os.path.join(*path), "r") as file:
        for line in map(str.strip, file):
            if line.startswith("Count") and record:
                yield record
                record = {}
            name, equals, value = line.partition("=")
            if line == "FAIL":
                record["FAIL"] = True
            elif equals and not line.startswith(("[", "#")):
                record[name.strip()] = value.strip()
    if record:
        yield record


def check_gcm_vectors(probe):
    counts = {True: 0, False: 0}
    for name in ("gcmDecrypt256.rsp", "gcmEncryptExtIV256.rsp"):
        for record in records("ciphers", "AES", "GCM", name):
            fields = [bytes.fromhex(record[field]) for field in ("Key", "IV", "AAD", "CT", "Tag")]
            if len(fields[1]) != 12 or len(fields[4]) != 16:
                continue
            expected = None if "FAIL" in record else bytes.fromhex(record["PT"])
            assert probe.text("gcm", *fields) == expected, record
            counts[expected is not None] += 1
    assert min(counts.values()) > 100, counts
    print(f"AES-256-GCM: {counts[True]} vectors opened, {counts[False]} refused")


def check_oaep_vectors(probe):
    count, heading, values = 0, "", {}
    name = os.path.join("asymmetric", "RSA", "oaep-custom", "oaep-sha256-sha256.txt")
    with cryptography_vectors.open_vector_file(name, "r") as file:
        for line in map(str.strip, file):
            if line.startswith("#"):
                heading = line.strip("#: ")
                continue
            values[heading] = line
            if heading != "Encryption" or not line:
                continue
            n, e, d, p, q = (int(values[part], 16)
                             for part in ("Modulus", "Public exponent", "Exponent", "Prime 1", "Prime 2"))
            numbers = rsa.RSAPrivateNumbers(p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q),
                                            rsa.rsa_crt_iqmp(p, q),
                                            rsa.RSAPublicNumbers(e, n))
            opened = probe.text("oaep", make_vectors.pem_of(numbers.private_key()), bytes.fromhex(line))
            assert opened == bytes.fromhex(values["Message"]), line
            count += 1
    assert count > 20, count
    print(f"RSA-OAEP with SHA-256: {count} vectors opened")


def main():
    probe = Probe(sys.argv[1])
    check_envelopes(probe)
    if cryptography_vectors:
        check_gcm_vectors(probe)
        check_oaep_vectors(probe)
    else:
        print("not checked against the published vectors: python3-cryptography-vectors is not installed")


if __name__ == "__main__":
    main()
