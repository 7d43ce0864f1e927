#!/usr/bin/env python3
"""The whole way: a filter is submitted, the page is open while tasks run, the result is that of af run.

AF_SCREENS=FOLDER keeps the screenshots, to be looked at.
"""
import os
import threading
import time
import unittest

from browser import require_chromium
from monitor_support import SENTENCE, Monitor, MonitorCase
from submit_support import BUCKET, IMAGE, SubmitCase
from support import read

REQUEST_SECONDS = 5
REDUCERS, MAPPERS = 3, 3
PATIENCE_SECONDS = 100
MAPPER = "return value['info']['OS'] + ' 1'"
REDUCER = "return key + ' ' + str(len(values))"


class FromTheFilterToTheResult(SubmitCase):
    browser = MonitorCase.browser

    def setUp(self):
        require_chromium()
        super().setUp()
        objects = self.objects(6)
        for name, data in objects.items():
            self.file(name, data)
        self.store(objects)
        self.files_url = f"{self.index(objects).url}/files"
        self.program = self.python_job(MAPPER, REDUCER, more=f"reducers: {REDUCERS}\n")
        self.runs, self.reducing = threading.Event(), 0
        self.shows = [threading.Event() for _ in range(REDUCERS)]  # so many results
        self.addCleanup(self.let_all_end)

    def let_all_end(self):
        for event in (self.runs, *self.shows):
            event.set()

    def hold(self, run):
        """No mapper ends before the page says that it runs, no reducer before the page shows the results before it."""
        if run.task["extra"]["af"]["role"] == "map":
            self.runs.wait(PATIENCE_SECONDS)
        else:
            self.shows[self.reducing].wait(PATIENCE_SECONDS)
            self.reducing += 1

    def screenshot(self, browser, name):
        return read(browser.screenshot(os.path.join(os.environ.get("AF_SCREENS", self.folder), f"{name}.png")))

    def watched(self, browser):
        """Looks at the page until all has ended: the sentences and the numbers of result links, in order."""
        sentences, links = [], []

        def look():
            said, shown = browser.text(SENTENCE), len(browser.texts("#results a"))
            for seen, now in ((sentences, said), (links, shown)):
                if not seen or seen[-1] != now:
                    seen.append(now)
            if "All mappers are done, reducing" in said and shown < REDUCERS:
                self.shows[shown].set()
            return said.startswith(("Finished", "Failed"))
        browser.wait(look, "the end", seconds=240)
        return sentences, links

    def asked(self, since):
        """How often the queue was asked for anything."""
        user = self.cluster.environment()["TASKCLUSTER_CLIENT_ID"]
        return len([entry for entry in self.cluster.requests(client=user) if entry["time"] / 1000 >= since])

    def test_the_page_shows_running_then_each_result_then_finished(self):
        wanted = self.filter(reason=["saved-session"], submission_date={"min": "20131101"})
        group = self.submitted(wanted, IMAGE, "--job", self.program, "--index", self.files_url, "--input-root",
                               f"s3://{BUCKET}/", "--load-files", "2", "--credentials", "worker")
        began = time.time()
        monitor = Monitor(self, group)
        browser = self.browser()
        browser.open(monitor.url)
        browser.wait_for_text(SENTENCE, f"Waiting for workers: 0 of {MAPPERS} mappers done")
        waiting = self.screenshot(browser, "waiting")
        self.bucket_worker(parallel=1, on_start=self.hold)
        browser.wait_for_text(SENTENCE, "Running: ")
        running = self.screenshot(browser, "running")
        self.runs.set()
        sentences, links = self.watched(browser)
        finished = self.screenshot(browser, "finished")
        self.assertEqual(sentences[-1], f"Finished: all {MAPPERS + REDUCERS} tasks have completed.")
        self.assertIn("All mappers are done, reducing", " ".join(sentences))
        self.assertEqual(links, list(range(REDUCERS + 1)), sentences)
        self.assertIn("Finished", browser.driver.title)
        self.assertEqual(len({waiting, running, finished}), 3)
        self.assertEqual(browser.complaints(), [])
        self.assertEqual(browser.asked(), {f"http://{monitor.host}"}, "it asks nobody but af monitor")

        times = browser.asked_at()
        gaps = [after - before for before, after in zip(times, times[1:])]
        self.assertGreaterEqual(len(times), 5)
        self.assertGreaterEqual(min(gaps), REQUEST_SECONDS - 0.25, gaps)
        self.assertEqual(self.asked(began), len(times), "af monitor asks as often as the page")
        time.sleep(2 * REQUEST_SECONDS)
        self.assertEqual(self.asked(began), len(times), "it still asks")

        self.run_job_here_and_there(group, browser)
        self.assert_schemas_passed()
        self.assertEqual(monitor.end().status, 0)

    def run_job_here_and_there(self, group, browser):
        """af result, and what the links lead to, are what af run makes of the same files."""
        here = self.af("run", "--job", self.program, self.data, "-o", self.result)
        self.assertEqual(here.status, 0, str(here))
        there = self.af("result", group, "-o", self.path("out", "there.txt"), env=self.desk())
        self.assertEqual(there.status, 0, str(there))
        truth = [read(self.path("out", f"result-{part:05}.txt")) for part in range(REDUCERS)]
        self.assertTrue(any(truth))
        self.assertEqual([read(self.path("out", f"there-{part:05}.txt")) for part in range(REDUCERS)], truth)
        shown = []
        for address in browser.run("return [...document.querySelectorAll('#results a')].map((a) => a.href)"):
            browser.open(address)
            shown.append(browser.text("body").encode())
        self.assertEqual(sorted(shown), sorted(text.strip() for text in truth))


if __name__ == "__main__":
    unittest.main()
