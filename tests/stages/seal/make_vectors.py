#!/usr/bin/env python3
"""Writes vectors.json: envelopes that Debian's python3-cryptography sealed, and a key made for them alone.

usage: /usr/bin/python3 make_vectors.py > vectors.json
"""
import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def kid_of(key):
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def pem_of(key, form=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_pem_of(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def seal(public_key, kid, plain, group):
    content, nonce = os.urandom(32), os.urandom(12)
    bound = f"1|{kid}|RSA-OAEP-256|A256GCM|{group}".encode()
    sealed = AESGCM(content).encrypt(nonce, plain, bound)
    text = lambda raw: base64.b64encode(raw).decode()
    return json.dumps({"v": 1, "kid": kid, "alg": "RSA-OAEP-256", "enc": "A256GCM",
                       "ek": text(public_key.encrypt(content, OAEP)), "iv": text(nonce),
                       "ct": text(sealed[:-16]), "tag": text(sealed[-16:])})


def open_envelope(key, text, group):
    got = {name: value if name in ("v", "kid", "alg", "enc") else base64.b64decode(value, validate=True)
           for name, value in json.loads(text).items()}
    bound = f"{got['v']}|{got['kid']}|{got['alg']}|{got['enc']}|{group}".encode()
    assert got["kid"] == kid_of(key) and len(got["iv"]) == 12 and len(got["tag"]) == 16
    return AESGCM(key.decrypt(got["ek"], OAEP)).decrypt(got["iv"], got["ct"] + got["tag"], bound)


def main():
    keys = [rsa.generate_private_key(65537, bits) for bits in (2048, 3072)]
    group = "fN1SbArXTPSVFNUvaOlinQ"
    credentials = b'{"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "s/e+c", "sessionToken": "tok=", ' \
                  b'"expiration": "2030-01-02T03:04:05Z"}'
    forms = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8)
    print(json.dumps({
        "about": "keys for these tests alone, made by make_vectors.py",
        "group": group,
        "ring": "".join(pem_of(key, form) for key, form in zip(keys, forms)),
        "envelopes": [
            {"kid": kid_of(key), "public": public_pem_of(key), "plain": plain.decode(),
             "envelope": seal(key.public_key(), kid_of(key), plain, group)}
            for key, plain in [(keys[0], credentials), (keys[1], credentials), (keys[0], b""),
                               (keys[1], b"x" * 30000)]],
    }, indent=1))


if __name__ == "__main__":
    main()
