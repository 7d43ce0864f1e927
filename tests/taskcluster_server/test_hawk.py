"""Signatures: our Hawk against recorded vectors, and what the services accept and refuse."""
import json
import os
import unittest
from urllib.parse import urlsplit

import support  # noqa: F401  (puts the package on the path)
import taskcluster.hawk as hawk
from taskcluster import Cluster
from taskcluster.client import CallFailed, Client
from taskcluster.reference import VARIABLE, reference_folder

VECTORS = os.path.join(reference_folder() or "", "hawk-vectors.json")


@unittest.skipUnless(os.path.isfile(VECTORS), f"no signing vectors: set {VARIABLE}")
class TheVectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(VECTORS, encoding="utf-8") as file:
            cls.vectors = json.load(file)

    def test_headers_have_the_recorded_text_and_mac(self):
        for vector in self.vectors["headers"]:
            with self.subTest(vector["label"]):
                path, host, port = hawk.place(vector["url"])
                text = hawk.normalized("header", vector["ts"], vector["nonce"], vector["method"], path, host, port,
                                       vector["hash"], vector["ext"])
                self.assertEqual((text, hawk.mac(vector["accessToken"], text)), (vector["normalized"], vector["mac"]))
                shown = hawk.parse_header(vector["authorization"])
                self.assertEqual((shown["id"], shown["mac"]), (vector["clientId"], vector["mac"]))

    def test_payload_hashes_are_the_recorded_ones(self):
        for vector in self.vectors["payloadHashes"]:
            digest = hawk.payload_hash(vector["contentType"], vector["payload"].encode())
            self.assertEqual(digest, vector["sha256Base64"])

    def test_bewits_are_the_recorded_ones(self):
        for vector in self.vectors["bewits"]:
            with self.subTest(vector["label"]):
                ext = json.loads(hawk.decode_base64(vector["ext"])) if vector["ext"] else {}
                credentials = {"clientId": vector["clientId"], "accessToken": vector["accessToken"], **ext}
                self.assertEqual(hawk.signed_url(credentials, vector["url"], vector["exp"]), vector["signedUrl"])

    def test_temporary_credentials_are_the_recorded_ones(self):
        for vector in self.vectors["temporaryCredentials"]:
            with self.subTest(vector["label"]):
                certificate = json.loads(vector["certificate"])
                name = vector["clientId"] if "issuer" in certificate else None
                self.assertEqual(hawk.certificate_text(certificate, name), vector["certificateSigningString"])
                made = hawk.temporary_credentials(vector["issuer"], certificate["seed"], certificate["start"],
                                                  certificate["expiry"], certificate["scopes"], name)
                self.assertEqual(made["accessToken"], vector["accessToken"])
                self.assertEqual(json.loads(made["certificate"]), certificate)


class TheServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.stop)

    def scopes(self, credentials, **options):
        return Client(self.cluster.root_url, credentials, **options).call("auth", "GET", "/scopes/current")["scopes"]

    def refusal(self, credentials, **options):
        with self.assertRaises(CallFailed) as caught:
            self.scopes(credentials, **options)
        return caught.exception.status, caught.exception.body["message"].split("\n")[0]

    def test_know_a_signed_client_by_its_scopes(self):
        self.assertEqual(self.scopes(self.cluster.credentials()), ["*"])
        self.assertIn("queue:scheduler-id:test-scheduler", self.scopes(self.cluster.credentials("static/test/limited")))

    def test_refuse_a_wrong_token_and_an_unknown_client(self):
        known = self.cluster.credentials()
        self.assertEqual(self.refusal({**known, "accessToken": "wrong"}), (401, "Unauthorized: Bad mac"))
        self.assertEqual(self.refusal({**known, "clientId": "nobody"}),
                         (401, "Client with clientId 'nobody' not found"))

    def test_refuse_a_clock_that_is_off_by_more_than_15_minutes(self):
        now = self.cluster.services.clock.signature_time
        for minutes, fits in ((-16, False), (-14, True), (14, True), (16, False)):
            with self.subTest(minutes=minutes):
                shifted = {"now": lambda: now() + minutes * 60_000}
                if fits:
                    self.assertEqual(self.scopes(self.cluster.credentials(), **shifted), ["*"])
                else:
                    self.assertEqual(self.refusal(self.cluster.credentials(), **shifted),
                                     (401, "Unauthorized: Stale timestamp"))

    def test_narrow_a_client_to_its_authorizedScopes(self):
        narrowed = {**self.cluster.credentials(), "authorizedScopes": ["secrets:get:a"]}
        scopes = self.scopes(narrowed)
        self.assertIn("secrets:get:a", scopes)
        self.assertNotIn("*", scopes)

    def test_refuse_an_altered_body_behind_a_signed_hash(self):
        client = self.cluster.client()
        url = self.cluster.root_url + "/api/auth/v1/scopes/expand"
        digest = hawk.payload_hash("application/json", b'{"scopes":["a"]}')
        ts = client.now() // 1000
        header = hawk.authorization(client.credentials, "POST", url, ts, "nonce", digest)
        unsigned = Client(self.cluster.root_url)
        status, _, _ = unsigned.request("POST", url, b'{"scopes":["b"]}', {"Content-Type": "application/json",
                                                                           "Authorization": header})
        self.assertEqual(status, 401)
        status, _, _ = unsigned.request("POST", url, b'{"scopes":["a"]}', {"Content-Type": "application/json",
                                                                           "Authorization": header})
        self.assertEqual(status, 200)

    def test_let_a_bewit_open_one_url_until_it_expires(self):
        client, reader = self.cluster.client(), Client(self.cluster.root_url)
        path = "/api/auth/v1/scopes/current"
        self.assertEqual(reader.request("GET", client.signed_url(path))[0], 200)
        self.assertEqual(reader.request("GET", client.signed_url(path, seconds=-1))[0], 401)
        query = urlsplit(client.signed_url(path)).query
        self.assertEqual(reader.request("GET", f"{self.cluster.root_url}/api/queue/v1/ping?{query}")[0], 200)
        self.assertEqual(reader.request("GET", f"{self.cluster.root_url}/api/secrets/v1/secrets?{query}")[0], 401)


if __name__ == "__main__":
    unittest.main()
