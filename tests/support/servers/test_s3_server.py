#!/usr/bin/env python3
"""The S3 test server against botocore's own client: what it serves, and what it refuses."""
import base64
import datetime
import hashlib
import json
import os
import socket
import unittest
import urllib.error
import urllib.request
from unittest import mock

import botocore.session
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.utils import InstanceMetadataFetcher
from running_server import RunningServer, split_response

KEYS = ("--credential", "AKPLAIN:secret/plain", "--credential", "AKTOKEN:secret/temp:the+token/==")
SESSION = botocore.session.Session()
FILES = {"tele/a/1.txt": b"one", "tele/a/2.txt": b"two", "tele/b/c/3.txt": b"three", "tele/top.txt": b"0123456789",
         "tele/odd/a b+c&d<e>%25'\u00fc.txt": b"odd", "other/x": b"x"}


def client(server, key="AKPLAIN", secret="secret/plain", token=None, region="us-east-1", url=None, style="path"):
    config = Config(signature_version="s3v4", s3={"addressing_style": style}, retries={"max_attempts": 0},
                    connect_timeout=10, read_timeout=20)
    made = SESSION.create_client(
        "s3", region_name=region, endpoint_url=url or server.url, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token, config=config)
    unittest.addModuleCleanup(made.close)
    return made


def signed_status(server, method, target, *, headers=(), body=b"", at=None, service="s3", region="us-east-1",
                  change=None):
    """(status, code) of a request signed here, at any time and altered after signing by `change(headers)`."""
    request = AWSRequest(method=method, url=server.url + target, data=body)
    for name, value in headers:
        request.headers[name] = value
    moment = at or datetime.datetime.utcnow()
    request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
    signer = S3SigV4Auth(Credentials("AKPLAIN", "secret/plain"), service, region)
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    sent = dict(request.headers.items())
    if change:
        change(sent)
    return plain_status(server.url + target, method, sent, body or None)


def plain_status(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
        return error.code, text.partition("<Code>")[2].partition("</Code>")[0]


class ServerCase(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.server = RunningServer(FILES, *KEYS, *cls.OPTIONS)
        cls.addClassCleanup(cls.server.__exit__)
        cls.s3 = client(cls.server)

    def refused(self, code, status, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return caught.exception.response


class Signatures(ServerCase):
    OPTIONS = ("--anonymous-bucket", "other")

    def test_a_good_signature_with_and_without_a_session_token_is_served(self):
        temporary = client(self.server, "AKTOKEN", "secret/temp", "the+token/==")
        for s3 in (self.s3, temporary):
            self.assertEqual(s3.get_object(Bucket="tele", Key="a/1.txt")["Body"].read(), b"one")

    def test_a_wrong_secret_does_not_match(self):
        s3 = client(self.server, secret="wrong")
        self.refused("SignatureDoesNotMatch", 403, s3.get_object, Bucket="tele", Key="a/1.txt")
        self.refused("SignatureDoesNotMatch", 403, s3.list_objects_v2, Bucket="tele", Prefix="a/")

    def test_an_unknown_key_is_refused(self):
        self.refused("InvalidAccessKeyId", 403, client(self.server, key="AKNOBODY").get_object, Bucket="tele",
                     Key="a/1.txt")

    def test_a_temporary_key_without_its_token_is_refused(self):
        self.refused("InvalidAccessKeyId", 403, client(self.server, "AKTOKEN", "secret/temp").get_object,
                     Bucket="tele", Key="a/1.txt")

    def test_another_token_is_refused_even_when_it_was_signed(self):
        for s3 in (client(self.server, "AKTOKEN", "secret/temp", "other"), client(self.server, token="unasked")):
            self.refused("InvalidToken", 400, s3.get_object, Bucket="tele", Key="a/1.txt")

    def test_another_region_is_refused_with_the_right_one(self):
        self.assertEqual(signed_status(self.server, "GET", "/tele/a/1.txt", region="eu-west-1"),
                         (400, "AuthorizationHeaderMalformed"))
        # botocore reads the region from that answer and signs again
        s3 = client(self.server, region="eu-west-1")
        self.assertEqual(s3.get_object(Bucket="tele", Key="a/1.txt")["Body"].read(), b"one")

    def test_another_service_is_refused(self):
        self.assertEqual(signed_status(self.server, "GET", "/tele/a/1.txt", service="ec2"),
                         (400, "AuthorizationHeaderMalformed"))

    def test_a_clock_more_than_fifteen_minutes_off_is_refused(self):
        for minutes, expected in ((-16, (403, "RequestTimeTooSkewed")), (16, (403, "RequestTimeTooSkewed")),
                                  (-14, (200, "")), (14, (200, ""))):
            moment = datetime.datetime.utcnow() + datetime.timedelta(minutes=minutes)
            self.assertEqual(signed_status(self.server, "GET", "/tele/a/1.txt", at=moment), expected)

    def test_a_header_changed_after_signing_does_not_match(self):
        def change(headers):
            headers["X-Amz-Meta-A"] = "2"
        good = signed_status(self.server, "GET", "/tele/a/1.txt", headers=[("X-Amz-Meta-A", "1")])
        self.assertEqual(good, (200, ""))
        bad = signed_status(self.server, "GET", "/tele/a/1.txt", headers=[("X-Amz-Meta-A", "1")], change=change)
        self.assertEqual(bad, (403, "SignatureDoesNotMatch"))

    def test_an_amz_header_that_was_not_signed_is_refused(self):
        def change(headers):
            headers["x-amz-request-payer"] = "requester"
        self.assertEqual(signed_status(self.server, "GET", "/tele/a/1.txt", change=change), (403, "AccessDenied"))

    def test_the_content_hash_header_is_required(self):
        def change(headers):
            del headers["X-Amz-Content-SHA256"]
            signed = "SignedHeaders=host;x-amz-content-sha256;x-amz-date"
            headers["Authorization"] = headers["Authorization"].replace(signed, "SignedHeaders=host;x-amz-date")
        self.assertEqual(signed_status(self.server, "GET", "/tele/a/1.txt", change=change), (400, "InvalidRequest"))

    def test_a_path_signed_in_another_encoding_than_s3_reads_does_not_match(self):
        self.assertEqual(signed_status(self.server, "GET", "/tele/odd/a%20b%2Bc%26d%3Ce%3E%2525%27%C3%BC.txt"),
                         (200, ""))
        self.assertEqual(signed_status(self.server, "GET", "/tele/odd/a%20b+c%26d%3Ce%3E%2525%27%C3%BC.txt"),
                         (403, "SignatureDoesNotMatch"))

    def test_unsigned_requests_reach_the_anonymous_bucket_only(self):
        self.assertEqual(plain_status(self.server.url + "/other/x"), (200, ""))
        self.assertEqual(plain_status(self.server.url + "/tele/a/1.txt"), (403, "AccessDenied"))
        self.assertEqual(plain_status(self.server.url + "/"), (403, "AccessDenied"))

    def test_a_presigned_url_is_served_until_it_is_altered_or_expired(self):
        for s3 in (client(self.server), client(self.server, "AKTOKEN", "secret/temp", "the+token/==")):
            url = s3.generate_presigned_url("get_object", Params={"Bucket": "tele", "Key": "a/1.txt"}, ExpiresIn=60)
            self.assertIn("X-Amz-Signature", url)
            self.assertEqual(plain_status(url), (200, ""))
            self.assertEqual(plain_status(url.replace("1.txt", "2.txt")), (403, "SignatureDoesNotMatch"))

    def presigned_v4(self, target, seconds, at=None):
        request = AWSRequest(method="GET", url=self.server.url + target)
        request.context["timestamp"] = (at or datetime.datetime.utcnow()).strftime("%Y%m%dT%H%M%SZ")
        signer = S3SigV4QueryAuth(Credentials("AKTOKEN", "secret/temp", "the+token/=="), "s3", "us-east-1", seconds)
        signer._modify_request_before_signing(request)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        signer._inject_signature_to_request(request, signer.signature(text, request))
        return request.url

    def test_a_presigned_url_from_before_its_lifetime_is_refused(self):
        moment = datetime.datetime.utcnow() - datetime.timedelta(seconds=90)
        self.assertEqual(plain_status(self.presigned_v4("/tele/a/1.txt", 60, moment)), (403, "AccessDenied"))
        self.assertEqual(plain_status(self.presigned_v4("/tele/a/1.txt", 120, moment)), (200, ""))
        self.assertEqual(plain_status(self.presigned_v4("/tele/a/1.txt", 700000)),
                         (400, "AuthorizationQueryParametersError"))


class Objects(ServerCase):
    def test_an_object_has_its_md5_as_etag_and_its_crc(self):
        got = self.s3.get_object(Bucket="tele", Key="top.txt", ChecksumMode="ENABLED")
        self.assertEqual(got["ETag"], f'"{hashlib.md5(b"0123456789").hexdigest()}"')
        self.assertEqual(got["ChecksumCRC32"], "poTHxg==")
        self.assertEqual(got["Body"].read(), b"0123456789")
        self.assertTrue(got["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])

    def test_ranges_are_cut_as_asked(self):
        for asked, body, span in (("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=7-", b"789", "bytes 7-9/10"),
                                  ("bytes=-2", b"89", "bytes 8-9/10"), ("bytes=8-99", b"89", "bytes 8-9/10")):
            got = self.s3.get_object(Bucket="tele", Key="top.txt", Range=asked)
            self.assertEqual((got["Body"].read(), got["ContentRange"]), (body, span))
            self.assertEqual(got["ResponseMetadata"]["HTTPStatusCode"], 206)

    def test_a_range_past_the_end_is_416(self):
        error = self.refused("InvalidRange", 416, self.s3.get_object, Bucket="tele", Key="top.txt", Range="bytes=10-")
        self.assertEqual(error["Error"]["ActualObjectSize"], "10")

    def test_if_match_and_if_none_match_are_heeded(self):
        etag = self.s3.head_object(Bucket="tele", Key="top.txt")["ETag"]
        self.s3.get_object(Bucket="tele", Key="top.txt", IfMatch=etag)
        self.refused("PreconditionFailed", 412, self.s3.get_object, Bucket="tele", Key="top.txt", IfMatch='"other"')
        self.refused("304", 304, self.s3.get_object, Bucket="tele", Key="top.txt", IfNoneMatch=etag)

    def test_head_tells_the_size_without_a_body_and_the_connection_goes_on(self):
        self.assertEqual(self.s3.head_object(Bucket="tele", Key="top.txt")["ContentLength"], 10)
        self.assertEqual(self.s3.get_object(Bucket="tele", Key="top.txt")["Body"].read(), b"0123456789")

    def test_what_is_not_there_is_404(self):
        self.refused("NoSuchKey", 404, self.s3.get_object, Bucket="tele", Key="none")
        self.refused("NoSuchKey", 404, self.s3.get_object, Bucket="tele", Key="a/../top.txt")
        self.refused("NoSuchBucket", 404, self.s3.get_object, Bucket="nobucket", Key="none")
        self.refused("404", 404, self.s3.head_object, Bucket="tele", Key="none")

    def test_a_put_object_is_read_back_and_a_wrong_hash_is_refused(self):
        self.s3.put_object(Bucket="tele", Key="new/x y", Body=b"data", ContentEncoding="gzip")
        got = self.s3.get_object(Bucket="tele", Key="new/x y")
        self.assertEqual((got["Body"].read(), got["ContentEncoding"]), (b"data", "gzip"))
        request = AWSRequest(method="PUT", url=self.server.url + "/tele/new/z", data=b"other")
        request.headers["host"] = request.url.split("/")[2]
        S3SigV4Auth(Credentials("AKPLAIN", "secret/plain"), "s3", "us-east-1").add_auth(request)
        status = plain_status(request.url, "PUT", dict(request.headers.items()), b"OTHER")
        self.assertEqual(status, (400, "XAmzContentSHA256Mismatch"))
        self.refused("NoSuchKey", 404, self.s3.get_object, Bucket="tele", Key="new/z")

    def test_a_refused_upload_still_gets_its_answer(self):
        body = bytes(8 << 20)
        self.refused("SignatureDoesNotMatch", 403, client(self.server, secret="wrong").put_object, Bucket="tele",
                     Key="large", Body=body)

    def test_a_key_below_another_object_cannot_be_put_and_the_server_says_why(self):
        self.refused("InternalError", 500, self.s3.put_object, Bucket="tele", Key="top.txt/below", Body=b"x")

    def test_a_deleted_object_is_gone_from_the_listing(self):
        self.s3.put_object(Bucket="tele", Key="brief/1", Body=b"x")
        self.assertEqual(self.s3.list_objects_v2(Bucket="tele", Prefix="brief/")["KeyCount"], 1)
        self.s3.delete_object(Bucket="tele", Key="brief/1")
        self.assertEqual(self.s3.list_objects_v2(Bucket="tele", Prefix="brief/")["KeyCount"], 0)

    def test_a_virtual_host_names_the_bucket(self):
        s3 = client(self.server, url=self.server.url.replace("127.0.0.1", "localhost"), style="virtual")
        resolve, asked = socket.getaddrinfo, []

        def resolve_here(host, *arguments, **options):
            asked.append(host)
            return resolve("127.0.0.1", *arguments, **options)
        with mock.patch("socket.getaddrinfo", resolve_here):
            self.assertEqual(s3.get_object(Bucket="tele", Key="top.txt")["Body"].read(), b"0123456789")
        self.assertEqual(asked, ["tele.localhost"])

    def test_an_unknown_subresource_is_not_implemented(self):
        self.refused("NotImplemented", 501, self.s3.get_object_acl, Bucket="tele", Key="top.txt")


class Listings(ServerCase):
    OPTIONS = ("--page-size", "2")

    def everything(self, **arguments):
        keys, prefixes, pages = [], [], 0
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket="tele", **arguments):
            keys += [item["Key"] for item in page.get("Contents", [])]
            prefixes += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
            self.assertEqual(page["KeyCount"], len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])))
            pages += 1
        return keys, prefixes, pages

    def test_pages_hold_every_key_once_in_utf8_order(self):
        keys, prefixes, pages = self.everything()
        wanted = sorted(name[len("tele/"):] for name in FILES if name.startswith("tele/"))
        self.assertEqual((keys, prefixes, pages), (wanted, [], 3))

    def test_a_delimiter_rolls_keys_up_across_pages(self):
        self.assertEqual(self.everything(Delimiter="/"), (["top.txt"], ["a/", "b/", "odd/"], 2))
        self.assertEqual(self.everything(Prefix="a/", Delimiter="."), ([], ["a/1.", "a/2."], 1))
        self.assertEqual(self.everything(Delimiter=".t"), ([], self.everything(Delimiter=".t")[1], 3))

    def test_start_after_leaves_out_what_comes_before(self):
        self.assertEqual(self.everything(StartAfter="a/2.txt", Prefix="")[0][0], "b/c/3.txt")

    def test_max_keys_limits_a_page_and_zero_is_an_empty_one(self):
        self.assertEqual(len(self.s3.list_objects_v2(Bucket="tele", MaxKeys=1)["Contents"]), 1)
        none = self.s3.list_objects_v2(Bucket="tele", MaxKeys=0)
        self.assertEqual((none["KeyCount"], none["IsTruncated"]), (0, False))

    def test_a_wrong_continuation_token_is_refused(self):
        for token in ("bogus", "AAAAAAAAAAAAAAAAAAAAAAAA", "!"):
            self.refused("InvalidArgument", 400, self.s3.list_objects_v2, Bucket="tele", ContinuationToken=token)

    def test_a_token_stays_good_when_its_key_is_gone(self):
        self.server.write("tele/gone/1", b"")
        self.server.write("tele/gone/2", b"")
        page = self.s3.list_objects_v2(Bucket="tele", Prefix="gone/", MaxKeys=1)
        os.unlink(os.path.join(self.server.root, "tele/gone/1"))
        rest = self.s3.list_objects_v2(Bucket="tele", Prefix="gone/", ContinuationToken=page["NextContinuationToken"])
        self.assertEqual([item["Key"] for item in rest["Contents"]], ["gone/2"])
        os.unlink(os.path.join(self.server.root, "tele/gone/2"))

    def test_sizes_and_etags_are_those_of_the_objects(self):
        item = self.s3.list_objects_v2(Bucket="tele", Prefix="top")["Contents"][0]
        self.assertEqual((item["Size"], item["ETag"]), (10, f'"{hashlib.md5(b"0123456789").hexdigest()}"'))

    def test_url_encoding_and_plain_xml_both_bring_odd_keys_whole(self):
        odd = "odd/a b+c&d<e>%25'\u00fc.txt"
        self.assertEqual(self.everything(Prefix="odd/")[0], [odd])
        self.assertEqual(self.everything(Prefix="odd/", EncodingType="url")[0],
                         ["odd/a+b%2Bc%26d%3Ce%3E%2525%27%C3%BC.txt"])


class Configuration(unittest.TestCase):
    def test_a_bucket_elsewhere_redirects_with_its_region(self):
        with RunningServer(FILES, *KEYS, "--bucket-region", "other:eu-west-1") as server:
            self.assertEqual(signed_status(server, "GET", "/other/x"), (301, "PermanentRedirect"))
            self.assertEqual(signed_status(server, "GET", "/other/x", region="eu-west-1"), (200, ""))
            # botocore asks for the region by the header of that answer and signs again
            self.assertEqual(client(server).get_object(Bucket="other", Key="x")["Body"].read(), b"x")
            self.assertEqual(server.log()[0]["error"], "PermanentRedirect")

    def test_a_key_map_holds_keys_that_no_path_can(self):
        with RunningServer(FILES, *KEYS) as scratch:
            key_map = os.path.join(scratch.folder.name, "map.json")
            with open(key_map, "w", encoding="utf-8") as file:
                json.dump({"tele": {"a/../b": "tele/top.txt", "/lead": "tele/top.txt"}}, file)
            with RunningServer(FILES, *KEYS, "--key-map", key_map) as server:
                s3 = client(server)
                keys = [item["Key"] for item in s3.list_objects_v2(Bucket="tele")["Contents"]]
                self.assertEqual(keys[0], "/lead")
                self.assertIn("a/../b", keys)
                self.assertEqual(signed_status(server, "GET", "/tele/a/../b"), (200, ""))

    def test_a_sidecar_sets_etag_and_headers_and_is_no_object(self):
        sidecar = {"etag": "abc-3", "headers": {"Content-Encoding": "gzip", "x-amz-checksum-crc32c": "AAAAAA==-3"}}
        files = {**FILES, "tele/top.txt.s3meta.json": json.dumps(sidecar).encode()}
        with RunningServer(files, *KEYS) as server:
            got = client(server).get_object(Bucket="tele", Key="top.txt", ChecksumMode="ENABLED")
            self.assertEqual((got["ETag"], got["ContentEncoding"], got["ChecksumCRC32C"]),
                             ('"abc-3"', "gzip", "AAAAAA==-3"))
            keys = [item["Key"] for item in client(server).list_objects_v2(Bucket="tele")["Contents"]]
            self.assertNotIn("top.txt.s3meta.json", keys)

    def test_crc32c_and_sha256_are_sent_when_asked_for(self):
        with RunningServer({"tele/k": b"123456789"}, *KEYS, "--checksum", "crc32c", "--checksum", "sha256") as server:
            got = client(server).get_object(Bucket="tele", Key="k", ChecksumMode="ENABLED")
            self.assertEqual((got["ChecksumCRC32C"], got["ChecksumSHA256"]),
                             ("4waSgw==", base64.b64encode(hashlib.sha256(b"123456789").digest()).decode()))

    def test_the_log_says_what_was_asked_but_no_secret(self):
        with RunningServer(FILES, *KEYS) as server:
            s3 = client(server, "AKTOKEN", "secret/temp", "the+token/==")
            s3.get_object(Bucket="tele", Key="top.txt", Range="bytes=1-2")["Body"].read()
            with self.assertRaises(ClientError):
                s3.get_object(Bucket="tele", Key="none")
            first, second = server.log()
            self.assertEqual((first["method"], first["path"], first["range"], first["status"], first["bytes"],
                              first["operation"], first["access_key"]),
                             ("GET", "/tele/top.txt", "bytes=1-2", 206, 2, "GetObject", "AKTOKEN"))
            self.assertEqual((second["status"], second["error"]), (404, "NoSuchKey"))
            self.assertEqual((first["connection"], second["request"]), (second["connection"], 2))
            self.assertIn("x-amz-security-token", first["headers"])
            self.assertNotIn("the+token", json.dumps([first, second]))

    def test_sigterm_ends_it_with_status_0(self):
        with RunningServer(FILES, *KEYS) as server:
            with server.connect():
                self.assertEqual(server.stop(), 0)

    def test_a_clock_that_is_off_refuses_and_says_its_time(self):
        with RunningServer(FILES, *KEYS, "--clock-offset", "1200") as server:
            self.assertEqual(signed_status(server, "GET", "/tele/top.txt"), (403, "RequestTimeTooSkewed"))
            head, _ = server.raw("/tele/top.txt")
            date = datetime.datetime.strptime(split_response(head)[1]["date"], "%a, %d %b %Y %H:%M:%S GMT")
            ahead = (date - datetime.datetime.utcnow()).total_seconds()
            self.assertTrue(1100 < ahead < 1210, ahead)


class MetadataCredentials(unittest.TestCase):
    def get(self, url, method="GET", **headers):
        request = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in
                                                                      headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_imds_issues_only_with_a_session_token(self):
        with RunningServer(FILES, *KEYS, "--imds-port", "0", "--imds-credential", "AKTOKEN") as server:
            roles = server.metadata_url + "/latest/meta-data/iam/security-credentials/"
            self.assertEqual(self.get(roles)[0], 401)
            self.assertEqual(self.get(server.metadata_url + "/latest/api/token", "PUT")[0], 400)
            status, token = self.get(server.metadata_url + "/latest/api/token", "PUT",
                                     X_aws_ec2_metadata_token_ttl_seconds="60")
            self.assertEqual(status, 200)
            self.assertEqual(self.get(roles, X_aws_ec2_metadata_token="wrong")[0], 401)
            self.assertEqual(self.get(roles, X_aws_ec2_metadata_token=token), (200, "test-role"))
            issued = json.loads(self.get(roles + "test-role", X_aws_ec2_metadata_token=token)[1])
            self.assertEqual((issued["Code"], issued["AccessKeyId"], issued["Token"]),
                             ("Success", "AKTOKEN", "the+token/=="))
            self.assertRegex(issued["Expiration"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_botocore_gets_its_credentials_from_imds(self):
        with RunningServer(FILES, *KEYS, "--imds-port", "0", "--imds-credential", "AKTOKEN") as server:
            fetcher = InstanceMetadataFetcher(timeout=10, base_url=server.metadata_url + "/")
            issued = fetcher.retrieve_iam_role_credentials()
            s3 = client(server, issued["access_key"], issued["secret_key"], issued["token"])
            self.assertEqual(s3.get_object(Bucket="tele", Key="a/1.txt")["Body"].read(), b"one")

    def test_the_container_endpoint_asks_for_its_token(self):
        with RunningServer(FILES, *KEYS, "--imds-port", "0", "--container-token", "open", "--imds-credential",
                           "AKTOKEN") as server:
            url = server.metadata_url + "/v2/credentials/test"
            self.assertEqual(self.get(url)[0], 401)
            issued = json.loads(self.get(url, Authorization="open")[1])
            self.assertEqual((issued["AccessKeyId"], issued["SecretAccessKey"]), ("AKTOKEN", "secret/temp"))

    def test_issued_credentials_expire_at_s3_too_and_the_next_issue_differs(self):
        with RunningServer(FILES, *KEYS, "--imds-port", "0", "--imds-credential", "AKTOKEN", "--imds-credential",
                           "AKPLAIN", "--imds-lifetime", "0") as server:
            url = server.metadata_url + "/v2/credentials/test"
            self.assertEqual(json.loads(self.get(url)[1])["AccessKeyId"], "AKTOKEN")
            with self.assertRaises(ClientError) as caught:
                client(server, "AKTOKEN", "secret/temp", "the+token/==").get_object(Bucket="tele", Key="top.txt")
            self.assertEqual(caught.exception.response["Error"]["Code"], "ExpiredToken")
            self.assertEqual(json.loads(self.get(url)[1])["AccessKeyId"], "AKPLAIN")


if __name__ == "__main__":
    unittest.main()
