#!/usr/bin/env python3
"""Writes sts_vectors.json: requests for federation tokens and the signatures botocore gives them.

usage: make_sts_vectors.py > sts_vectors.json
"""
import json
import os
import random
import sys
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "s3"))
import make_botocore_vectors as botocore_vectors  # noqa: E402

HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Accept": "text/xml"}
TIME = 1_700_003_600  # the stepped clock of the tests


def main():
    rng = random.Random(4)
    vectors = []
    for i in range(20):
        name = botocore_vectors.text(rng, "abcXYZ019_+=,.@-", 2, 32)
        policy = '{"Version":"2012-10-17","x":"%s"}' % botocore_vectors.text(rng, "ab /*?${}+&=%~\u00e9'()!", 1, 300)
        duration = rng.randint(900, 129_600)
        pairs = [("Action", "GetFederationToken"), ("Version", "2011-06-15"), ("Name", name),
                 ("DurationSeconds", str(duration)), ("Policy", policy)]
        vector = {
            "service": "sts", "method": "POST", "time": TIME, "headers": HEADERS,
            "region": rng.choice(["us-east-1", "eu-west-1", "cn-north-1"]),
            "url": rng.choice(["https://sts.eu-west-1.amazonaws.com/", "http://127.0.0.1:4566/",
                               "https://sts.example.org:8443/sts/"]),
            "body": "&".join(key + "=" + quote(value, safe="-_.~") for key, value in pairs),
            "access_key_id": "AKIA" + botocore_vectors.text(rng, "ABCDEFGHIJ234567", 16, 16),
            "secret_access_key": botocore_vectors.text(rng, "abcdefXYZ/+0123456789", 40, 40),
            "session_token": "" if i % 2 else botocore_vectors.text(rng, "abcdefXYZ/+=0123456789", 100, 300),
        }
        vector["authorization"] = botocore_vectors.sign(vector)
        vector.update(name=name, policy=policy, duration=duration)
        vectors.append(vector)
    json.dump(vectors, sys.stdout, indent=0, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
