#!/usr/bin/env python3
"""af config: what the settings are, where each comes from, and setting them without touching anything else."""
import json
import os
import stat
import unittest

from support import Case, read, write


class Config(Case):
    def setUp(self):
        super().setUp()
        self.user = os.path.join(self.home, ".config", "af", "config.yml")
        self.work = self.path("project", "deep")
        os.makedirs(self.work)

    def config(self, *arguments, env=None):
        return self.af("config", *arguments, env=env, cwd=self.work)

    def value(self, name, **how):
        run = self.config("get", name, **how)
        self.assertEqual(run.status, 0, str(run))
        return run.stdout.decode().rstrip("\n")

    def test_show_is_a_file_of_settings_that_can_be_read_back(self):
        self.assertEqual(self.config("set", "owner", "me@example.org").status, 0)
        run = self.config("show", "--origin")
        self.assertEqual(run.status, 0, str(run))
        self.assertIn(f"# {self.user}:1", run.stdout.decode())
        self.assertIn("# built in", run.stdout.decode())
        write(self.user, run.stdout)
        self.assertEqual(self.value("owner"), "me@example.org")
        self.assertEqual(self.value("deadline"), "24h")

    def test_each_place_goes_before_the_next(self):
        self.assertEqual(self.value("retries"), "5")
        self.config("set", "retries", "1")
        self.assertEqual(self.value("retries"), "1")
        project = write(self.path("project", "af.yml"), "retries: 2\n")
        self.assertEqual(self.value("retries"), "2")
        self.assertEqual(self.value("retries", env={"AF_RETRIES": "3"}), "3")
        rows = json.loads(self.config("show", "--json").stdout)
        row = next(row for row in rows if row["name"] == "retries")
        self.assertEqual((row["value"], row["origin"]), ("2", project + ":1"))
        self.assertEqual(json.loads(self.config("get", "image", "--json").stdout)["value"], None)
        self.assertEqual(self.config("path").stdout.decode().split(), [project, self.user])

    def test_set_keeps_comments_order_and_mode(self):
        write(self.user, "# my settings\nretries: 1  # few\nowner: a@example.org\n")
        os.chmod(self.user, 0o600)
        self.assertEqual(self.config("set", "retries", "7").status, 0)
        self.assertEqual(self.config("set", "image", "registry.example/a:1").status, 0)
        self.assertEqual(read(self.user).decode(),
                         "# my settings\nretries: 7  # few\nowner: a@example.org\nimage: registry.example/a:1\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.user).st_mode), 0o600)
        self.assertEqual(os.listdir(os.path.dirname(self.user)), ["config.yml"])

    def test_unset_takes_out_one_and_says_what_holds_then(self):
        write(self.user, "# my settings\nretries: 1  # few\nowner: a@example.org\n")
        run = self.config("unset", "retries", env={"AF_RETRIES": "9"})
        self.assertEqual(run.status, 0, str(run))
        self.assertIn('AF_RETRIES still says "9"', run.stderr)
        self.assertEqual(read(self.user).decode(), "# my settings\nowner: a@example.org\n")
        again = self.config("unset", "retries")
        self.assertEqual(again.status, 0, str(again))
        self.assertIn("is not set in", again.stderr)
        self.assert_refused(self.config("unset", "colour"), 2, "USAGE", "colour")

    def test_set_can_edit_the_project_and_says_when_something_goes_before(self):
        run = self.config("set", "--project", "key", "keys/af.pub.pem", env={"AF_KEY": "/other.pem"})
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("AF_KEY goes before it", run.stderr)
        self.assertEqual(read(os.path.join(self.work, "af.yml")), b"key: keys/af.pub.pem\n")
        self.assertEqual(self.value("key"), os.path.join(self.work, "keys/af.pub.pem"))
        below = os.path.join(self.work, "below")
        os.mkdir(below)
        self.assertEqual(self.af("config", "get", "key", cwd=below).stdout.decode().strip(),
                         os.path.join(self.work, "keys/af.pub.pem"))

    def test_a_path_set_for_the_user_holds_in_every_folder(self):
        self.assertEqual(self.config("set", "key", "af.pub.pem").status, 0)
        self.assertEqual(self.value("key"), os.path.join(self.work, "af.pub.pem"))
        self.assertEqual(self.af("config", "get", "key", cwd=self.home).stdout.decode().strip(),
                         os.path.join(self.work, "af.pub.pem"))

    def test_what_is_no_setting_or_no_value_is_refused_and_nothing_is_written(self):
        for arguments, words in ((("set", "deadlin", "1h"), 'did you mean \\"deadline\\"'),
                                 (("get", "x"), "no setting"),
                                 (("set", "deadline", "soon"), "must be a duration"),
                                 (("set", "image", "https://x/y"), "scheme"),
                                 (("set", "owner", "a@b.org\nBcc: c@d.org"), "e-mail"),
                                 (("set", "priority", ""), "one of highest"), (("set", "priority"), "VALUE")):
            with self.subTest(arguments):
                self.assert_refused(self.config(*arguments), 2, "USAGE", words)
        self.assertFalse(os.path.exists(self.user))

    def test_a_broken_file_is_named_with_its_line_and_can_be_mended_by_set(self):
        write(self.user, "owner: me@example.org\nretries: canary-many\n")
        run = self.config("show")
        self.assert_refused(run, 78, "CONFIG", f"{self.user}:2: ", "retries must be a whole number")
        self.assertNotIn("canary", run.stderr)
        self.assertEqual(self.config("set", "retries", "3").status, 0)
        self.assertEqual(self.value("retries"), "3")
        write(self.user, "owner:\n  - a\n")
        self.assert_refused(self.config("get", "owner"), 78, "CONFIG", f"{self.user}:1: ")
        self.assert_refused(self.config("set", "owner", "a@b.org"), 78, "CONFIG", "by hand")
        self.assertEqual(read(self.user), b"owner:\n  - a\n")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_project_file_of_somebody_else_is_not_followed(self):
        os.chown(write(self.path("project", "af.yml"), "key: /tmp/theirs.pem\n"), 12345, 12345)
        self.assert_refused(self.config("show"), 78, "CONFIG", "belongs to another user", "chown")

    def test_programs_that_set_at_the_same_time_lose_nothing(self):
        names = {"retries": "7", "priority": "low", "owner": "a@b.org", "load_size": "2GB", "load_files": "9",
                 "deadline": "3h", "expires": "9d", "image": "a:1"}
        started = [self.start("config", "set", *pair, cwd=self.work) for pair in names.items()]
        self.assertEqual({one.wait().status for one in started}, {0})
        self.assertEqual({name: self.value(name) for name in names}, names)


if __name__ == "__main__":
    unittest.main()
