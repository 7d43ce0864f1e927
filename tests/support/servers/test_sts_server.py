#!/usr/bin/env python3
"""The STS test server against botocore's own client, and its keys at the S3 test server: what they open, what not."""
import datetime
import json
import random
import socket
import string
import unittest
import urllib.error
import urllib.request
from unittest import mock

import botocore.session
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from running_server import RunningServer, RunningSts
from sts_server import Sts

OWNER = ("AKOWNER", "owner/secret")
KEYS = ("--credential", "AKOWNER:owner/secret", "--credential", "AKROOT:root-secret", "--credential",
        "AKOTHER:other-secret")
STS_OPTIONS = (*KEYS, "--root", "AKROOT", "--no-permission", "AKOTHER")
SESSION = botocore.session.Session()
FILES = {"tele/v4/nightly/1.txt": b"one", "tele/v4/nightly/2.txt": b"two", "tele/v4/release/3.txt": b"three",
         "other/x": b"x"}


def read_policy(*prefixes, bucket="tele"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject",
         "Resource": [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes]},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
         "Condition": {"StringLike": {"s3:prefix": [prefix + "*" for prefix in prefixes]}}}]})


FORM = "application/x-www-form-urlencoded"
BODY = b"Action=GetFederationToken&Version=2011-06-15&Name=me"
NIGHTLY = read_policy("v4/nightly/")


def client(service, server, key, secret, token=None, region="us-east-1", retries=0):
    config = Config(retries={"max_attempts": retries}, connect_timeout=10, read_timeout=20, parameter_validation=False,
                    s3={"addressing_style": "path"})
    made = SESSION.create_client(service, region_name=region, endpoint_url=server.url, aws_access_key_id=key,
                                 aws_secret_access_key=secret, aws_session_token=token, config=config)
    unittest.addModuleCleanup(made.close)
    return made


def outcome(call, **arguments):
    """("ok", answer) or (code, message), and the status."""
    try:
        answer = call(**arguments)
        return "ok", answer, answer["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        known = error.response
        return known["Error"]["Code"], known["Error"]["Message"], known["ResponseMetadata"]["HTTPStatusCode"]


class Base(unittest.TestCase):
    def refused(self, call, code, status, *words, **arguments):
        got, message, http = outcome(call, **arguments)
        self.assertEqual((got, http), (code, status), message)
        for word in words:
            self.assertIn(word, message)


class Asking(Base):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RunningSts(*STS_OPTIONS))

    def setUp(self):
        self.ask = client("sts", self.server, *OWNER).get_federation_token

    def test_gets_keys_in_the_form_that_botocore_reads(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        answer = self.ask(Name="me@example.org", Policy=NIGHTLY, DurationSeconds=900)
        keys = answer["Credentials"]
        self.assertRegex(keys["AccessKeyId"], r"^ASIA[A-Z2-7]{16}$")
        self.assertGreater(len(keys["SessionToken"]), 100)
        self.assertAlmostEqual((keys["Expiration"] - before).total_seconds(), 900, delta=30)
        self.assertEqual(answer["FederatedUser"], {"Arn": "arn:aws:sts::123456789012:federated-user/me@example.org",
                                                   "FederatedUserId": "123456789012:me@example.org"})
        self.assertTrue(1 <= answer["PackedPolicySize"] <= 100)

    def test_gets_the_same_in_the_process_of_a_test(self):
        with Sts(*KEYS) as sts:
            keys = client("sts", sts, *OWNER).get_federation_token(Name="me")["Credentials"]
        self.assertTrue(keys["AccessKeyId"].startswith("ASIA"))
        with self.assertRaises(OSError):
            urllib.request.urlopen(sts.url, timeout=20)

    def test_gets_other_keys_each_time(self):
        keys = [self.ask(Name="me", Policy=NIGHTLY)["Credentials"] for _ in range(2)]
        for field in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            self.assertNotEqual(keys[0][field], keys[1][field])

    def test_names_every_bound_that_is_broken(self):
        for arguments, words in (
                ({"Name": "m"}, ["1 validation error detected: Value 'm' at 'name' failed to satisfy constraint: "
                                 "Member must have length greater than or equal to 2"]),
                ({"Name": "m" * 33}, ["Member must have length less than or equal to 32"]),
                ({"Name": "two words"}, [r"Member must satisfy regular expression pattern: [\w+=,.@-]*"]),
                ({"Name": "f\u00fcr"}, ["regular expression"]),
                ({}, ["Value null at 'name' failed to satisfy constraint: Member must not be null"]),
                ({"Name": "me", "DurationSeconds": 899},
                 ["Value '899' at 'durationSeconds'", "greater than or equal to 900"]),
                ({"Name": "me", "DurationSeconds": 129601}, ["less than or equal to 129600"]),
                ({"Name": "me", "Policy": " " * 2049}, ["at 'policy'", "less than or equal to 2048"]),
                ({"Name": "m", "DurationSeconds": 1}, ["2 validation errors detected", "'name'", "'durationSeconds'"])):
            with self.subTest(arguments=str(arguments)[:60]):
                self.refused(self.ask, "ValidationError", 400, *words, **arguments)

    def test_may_use_the_bounds_themselves(self):
        for arguments in ({"Name": "me"}, {"Name": "m" * 32}, {"Name": "a+=,.@-_"},
                          {"Name": "me", "DurationSeconds": 900}, {"Name": "me", "DurationSeconds": 129600},
                          {"Name": "me", "Policy": NIGHTLY + " " * (2048 - len(NIGHTLY))}):
            self.assertEqual(outcome(self.ask, **arguments)[2], 200, arguments)

    def test_is_refused_with_a_policy_that_is_none(self):
        allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        bad = ["{", "[]", "{}", json.dumps({"Statement": []}), json.dumps({"Version": "2020", "Statement": allow}),
               *(json.dumps({"Statement": statement}) for statement in (
                   {**allow, "Effect": "allow"}, {**allow, "Action": "GetObject"}, {**allow, "Resource": "tele/*"},
                   {**allow, "Principal": "*"}, {**allow, "More": 1}, {"Effect": "Allow", "Action": "s3:*"},
                   {**allow, "NotAction": "s3:*"}, {**allow, "Sid": "a b"},
                   {**allow, "Condition": {"StringMatches": {"s3:prefix": "a"}}},
                   [{**allow, "Sid": "a"}, {**allow, "Sid": "a"}]))]
        for policy in bad:
            with self.subTest(policy):
                self.refused(self.ask, "MalformedPolicyDocument", 400, Name="me", Policy=policy)

    def test_is_refused_with_a_policy_that_packs_badly(self):
        noise = random.Random(1)
        names = ["".join(noise.choices(string.ascii_letters + string.digits, k=60)) for _ in range(24)]
        policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [
            f"arn:aws:s3:::{name}" for name in names]}]})
        self.assertLessEqual(len(policy), 2048)
        self.refused(self.ask, "PackedPolicyTooLarge", 400, "Packed policy consumes 1", "please use smaller policy",
                     Name="me", Policy=policy)

    def test_lives_for_an_hour_at_most_as_root(self):
        ask = client("sts", self.server, "AKROOT", "root-secret").get_federation_token
        answer = ask(Name="me", DurationSeconds=9000)
        left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(left.total_seconds(), 3600, delta=30)

    def test_needs_the_permission(self):
        self.refused(client("sts", self.server, "AKOTHER", "other-secret").get_federation_token, "AccessDenied", 403,
                     "is not authorized to perform: sts:GetFederationToken", Name="me")

    def test_is_refused_with_temporary_keys(self):
        keys = self.ask(Name="me", Policy=NIGHTLY)["Credentials"]
        again = client("sts", self.server, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        self.refused(again.get_federation_token, "AccessDenied", 403,
                     "Cannot call GetFederationToken with session credentials", Name="me")

    def test_is_refused_with_an_unknown_key_a_wrong_secret_or_a_made_up_token(self):
        for key, secret, token, code in (("AKNOBODY", "s", None, "InvalidClientTokenId"),
                                         ("AKOWNER", "wrong", None, "SignatureDoesNotMatch"),
                                         ("AKOWNER", "owner/secret", "made-up", "InvalidClientTokenId")):
            self.refused(client("sts", self.server, key, secret, token).get_federation_token, code, 403, Name="me")

    def test_is_refused_for_another_region_or_operation(self):
        self.refused(client("sts", self.server, *OWNER, region="eu-west-1").get_federation_token,
                     "SignatureDoesNotMatch", 403, "valid region", Name="me")
        self.refused(client("sts", self.server, *OWNER).get_caller_identity, "InvalidAction", 400,
                     "Could not find operation GetCallerIdentity for version 2011-06-15")

    def test_is_refused_when_the_clock_is_off(self):
        for minutes, words in ((20, "Signature not yet current"), (-20, "Signature expired")):
            late = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
            with mock.patch("botocore.auth.datetime") as fake:
                fake.datetime.utcnow.return_value = late
                self.refused(self.ask, "SignatureDoesNotMatch", 403, words, "15 min.", Name="me")


class ByHand(Base):
    """What no client of botocore sends."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RunningSts(*STS_OPTIONS))

    def send(self, signer, query="", body=None, sent_body=None):
        method = "POST" if body else "GET"
        request = AWSRequest(method=method, url=self.server.url + "/" + query, data=body,
                             headers={"Content-Type": FORM} if body else {})
        if signer:
            signer(Credentials(*OWNER), "sts", "us-east-1").add_auth(request)
        headers = dict(request.headers.items())
        url = request.prepare().url
        sent = urllib.request.Request(url, data=sent_body or body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(sent, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_the_query_form_is_answered_signed_in_the_header_or_the_query(self):
        for signer in (SigV4Auth, SigV4QueryAuth):
            status, text = self.send(signer, query="?Action=GetFederationToken&Version=2011-06-15&Name=me")
            self.assertEqual(status, 200, text)
            self.assertIn("<GetFederationTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">", text)
            self.assertIn("<Expiration>", text)
            self.assertNotIn("PackedPolicySize", text)  # there is no policy

    def test_an_unsigned_request_is_told_so(self):
        status, text = self.send(None, query="?Action=GetFederationToken&Version=2011-06-15&Name=me")
        self.assertEqual(status, 403)
        self.assertIn("<Code>MissingAuthenticationToken</Code>", text)
        self.assertIn("<Type>Sender</Type>", text)

    def test_a_body_that_was_not_signed_is_refused(self):
        self.assertEqual(self.send(SigV4Auth, body=BODY)[0], 200)
        status, text = self.send(SigV4Auth, body=BODY, sent_body=BODY.replace(b"me", b"it"))
        self.assertEqual(status, 403)
        self.assertIn("<Code>SignatureDoesNotMatch</Code>", text)

    def test_another_version_is_not_known(self):
        status, text = self.send(SigV4Auth, query="?Action=GetFederationToken&Version=2010-01-01&Name=me")
        self.assertEqual(status, 400)
        self.assertIn("InvalidAction", text)


class TheKeys(Base):
    """At an S3 server that was given the same permanent credentials."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RunningSts(*STS_OPTIONS))
        cls.s3 = cls.enterClassContext(RunningServer(FILES, *KEYS))

    def user(self, policy, s3=None, **arguments):
        if policy:
            arguments["Policy"] = policy
        answer = client("sts", self.server, *OWNER).get_federation_token(Name="me", **arguments)
        keys = answer["Credentials"]
        return client("s3", s3 or self.s3, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def test_read_and_list_what_the_policy_names_and_nothing_else(self):
        user = self.user(NIGHTLY)
        self.assertEqual(user.get_object(Bucket="tele", Key="v4/nightly/1.txt")["Body"].read(), b"one")
        self.assertEqual(user.head_object(Bucket="tele", Key="v4/nightly/2.txt")["ContentLength"], 3)
        for prefix in ("v4/nightly/", "v4/nightly/2"):
            self.assertGreater(user.list_objects_v2(Bucket="tele", Prefix=prefix)["KeyCount"], 0)
        for call, arguments in ((user.get_object, {"Bucket": "tele", "Key": "v4/release/3.txt"}),
                                (user.get_object, {"Bucket": "other", "Key": "x"}),
                                (user.list_objects_v2, {"Bucket": "tele", "Prefix": "v4/"}),
                                (user.list_objects_v2, {"Bucket": "tele"}),
                                (user.list_objects_v2, {"Bucket": "other", "Prefix": "v4/nightly/"}),
                                (user.put_object, {"Bucket": "tele", "Key": "v4/nightly/new", "Body": b""}),
                                (user.delete_object, {"Bucket": "tele", "Key": "v4/nightly/1.txt"}),
                                (user.list_buckets, {})):
            with self.subTest(call=call.__name__, **arguments):
                self.refused(call, "AccessDenied", 403, **arguments)

    def test_are_told_403_where_the_owner_is_told_404(self):
        missing = {"Bucket": "tele", "Key": "v4/nightly/gone"}
        self.refused(client("s3", self.s3, *OWNER).get_object, "NoSuchKey", 404, **missing)
        self.refused(self.user(NIGHTLY).get_object, "AccessDenied", 403, **missing)
        may_list = json.dumps({"Statement": {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}})
        self.refused(self.user(may_list).get_object, "NoSuchKey", 404, **missing)

    def test_may_do_nothing_without_a_policy(self):
        self.refused(self.user(None).get_object, "AccessDenied", 403, Bucket="tele", Key="v4/nightly/1.txt")

    def test_obey_a_deny_whatever_is_allowed(self):
        policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                                           {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"},
                                           {"Effect": "Deny", "Action": "s3:getobject",
                                            "Resource": "arn:aws:s3:::tele/v4/release/?.txt"}]})
        user = self.user(policy)
        self.assertEqual(outcome(user.get_object, Bucket="other", Key="x")[2], 200)
        self.refused(user.get_object, "AccessDenied", 403, Bucket="tele", Key="v4/release/3.txt")
        self.refused(user.list_objects_v2, "AccessDenied", 403, Bucket="tele", Prefix="v4/")

    def test_expire(self):
        later = self.enterContext(RunningServer(FILES, *KEYS, "--clock-offset", "890"))
        late = self.enterContext(RunningServer(FILES, *KEYS, "--clock-offset", "901"))
        wanted = {"Bucket": "tele", "Key": "v4/nightly/1.txt"}
        with mock.patch("botocore.auth.datetime") as fake:
            fake.datetime.utcnow.side_effect = lambda: datetime.datetime.utcfromtimestamp(
                datetime.datetime.now().timestamp() + 900)
            good, bad = (self.user_now(server) for server in (later, late))
            self.assertEqual(outcome(good.get_object, **wanted)[2], 200)
            self.refused(bad.get_object, "ExpiredToken", 400, **wanted)

    def user_now(self, s3):
        with mock.patch("botocore.auth.datetime", datetime):
            return self.user(NIGHTLY, s3, DurationSeconds=900)

    def test_are_worth_nothing_where_their_owner_is_not_known(self):
        stranger = self.enterContext(RunningServer(FILES, "--credential", "AKOWNER:another/secret"))
        self.refused(self.user(NIGHTLY, stranger).get_object, "InvalidAccessKeyId", 403, Bucket="tele",
                     Key="v4/nightly/1.txt")

    def test_need_the_token_they_came_with(self):
        keys = [client("sts", self.server, *OWNER).get_federation_token(Name="me", Policy=NIGHTLY)["Credentials"]
                for _ in range(2)]
        for token in (None, keys[1]["SessionToken"]):
            mixed = client("s3", self.s3, keys[0]["AccessKeyId"], keys[0]["SecretAccessKey"], token)
            self.refused(mixed.get_object, "InvalidAccessKeyId", 403, Bucket="tele", Key="v4/nightly/1.txt")


class Faults(Base):
    def start(self, *rules):
        return self.enterContext(RunningSts(*KEYS, rules=rules))

    def ask(self, *rules, retries=0):
        server = self.start(*rules)
        return client("sts", server, *OWNER, retries=retries).get_federation_token

    def test_are_answered_with_the_codes_of_STS(self):
        for do, code, status in (({"error": "Throttling"}, "Throttling", 400),
                                 ({"status": 503}, "ServiceUnavailable", 503),
                                 ({"status": 500}, "InternalFailure", 500),
                                 ({"error": "AccessDenied"}, "AccessDenied", 403),
                                 ({"error": "RegionDisabledException"}, "RegionDisabledException", 403)):
            with self.subTest(**do):
                self.refused(self.ask({"do": do}), code, status, Name="me")

    def test_end_after_so_many_times(self):
        ask = self.ask({"do": {"error": "Throttling"}, "times": 2, "match": {"operation": "GetFederationToken"}},
                       retries=4)
        self.assertEqual(outcome(ask, Name="me")[2], 200)

    def test_may_be_a_page_of_HTML(self):
        server = self.start({"do": {"html": True}})
        got, _ = self.raw(server, BODY)
        self.assertEqual(got[:15], b"HTTP/1.1 200 OK")
        self.assertEqual(got.partition(b"\r\n\r\n")[2][:15], b"<!DOCTYPE html>")

    def test_tell_any_packed_size(self):
        ask = self.ask({"do": {"packed_policy_size": 97}})
        self.assertEqual(ask(Name="me", Policy=NIGHTLY)["PackedPolicySize"], 97)
        self.refused(self.ask({"do": {"packed_policy_size": 112}}), "PackedPolicyTooLarge", 400,
                     "Packed policy consumes 112% of allotted space", Name="me", Policy=NIGHTLY)

    def test_cut_slow_down_or_keep_back_the_reply(self):
        for do, check in (({"truncate": 100}, lambda got, _: self.assertEqual(len(got.partition(b"\r\n\r\n")[2]), 100)),
                          ({"slow": 500}, lambda _, seconds: self.assertGreater(seconds, 0.8)),
                          ({"latency_ms": 400}, lambda _, seconds: self.assertGreater(seconds, 0.35)),
                          ({"hang": True, "seconds": 0.3}, lambda got, _: self.assertEqual(got, b""))):
            with self.subTest(**do):
                check(*self.raw(self.start({"do": do}), BODY))

    @staticmethod
    def raw(server, body):
        """(all bytes of the reply, seconds) of one signed request."""
        request = AWSRequest(method="POST", url=server.url + "/", data=body,
                             headers={"Content-Type": FORM, "Connection": "close"})
        SigV4Auth(Credentials(*OWNER), "sts", "us-east-1").add_auth(request)
        head = [f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        began, got = datetime.datetime.now(), b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
            sock.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            while more := sock.recv(1 << 16):
                got += more
        return got, (datetime.datetime.now() - began).total_seconds()

    def test_are_in_the_log_with_the_one_who_asked(self):
        server = self.start({"name": "busy", "do": {"error": "Throttling"}, "times": 1})
        outcome(client("sts", server, *OWNER, retries=2).get_federation_token, Name="me", Policy=NIGHTLY)
        lines = server.log()
        self.assertEqual([line["status"] for line in lines], [400, 200])
        self.assertEqual([line["fault"] for line in lines], [["busy"], []])
        self.assertEqual({(line["operation"], line["access_key"]) for line in lines},
                         {("GetFederationToken", "AKOWNER")})


if __name__ == "__main__":
    unittest.main()
