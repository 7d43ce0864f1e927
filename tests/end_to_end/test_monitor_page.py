"""The monitor page in a real browser, asking the test cluster across origins."""
import base64
import json
import os
import time
import unittest

from monitor_support import SENTENCE, SPEED, Group, MonitorCase
from taskcluster.values import slugid

REQUEST_SECONDS = 5


class WhatIsShown(MonitorCase):
    def test_a_job_from_waiting_to_its_result_and_then_no_more_requests(self):
        group = Group(self.cluster, mappers=3)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Waiting for workers: 0 of 3 mappers done")
        self.assertEqual(browser.text("h1"), "os-count")
        group.end(group.mappers[0])
        group.start(group.mappers[1])
        browser.wait_for_text(SENTENCE, "Running: 1 of 3 mappers done")
        self.assertEqual(browser.text("#progress"), "16 %: 1.50 MB of 9.00 MB mapped")
        self.assertFalse(browser.shown("#results"))
        for mapper in group.mappers[1:]:
            group.end(mapper)
        reducer = group.reducers[0]
        group.start(reducer)
        browser.wait_for_text(SENTENCE, "All mappers are done, reducing")
        group.publish(reducer, b"Linux 5\n")
        group.end(reducer)
        browser.wait_for_text(SENTENCE, "Finished: all 4 tasks have completed.")
        self.assertIn("Finished", browser.driver.title)
        self.assertIn("Finished", browser.run("return document.getElementById('announce').textContent"))
        address = browser.links("#results")["public/af/result.txt"]
        place = f"/api/queue/v1/task/{reducer}/runs/0/artifacts/public/af/result.txt"
        self.assertEqual(address, self.cluster.root_url + place)
        before = len(self.looks())
        time.sleep(4 * REQUEST_SECONDS / SPEED)
        self.assertEqual(len(self.looks()), before, "it still asks")
        self.assertEqual(browser.complaints(), [])
        browser.open(address)
        self.assertEqual(browser.text("body"), "Linux 5")

    def test_a_failed_task_with_its_reason_and_log_and_a_reducer_that_cannot_start(self):
        group = Group(self.cluster)
        group.end(group.mappers[0], "exception", "worker-shutdown")  # is tried again
        group.end(group.mappers[0])
        group.end(group.mappers[1], "failed")
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Failed: 1 task failed. 1 task cannot start without it.")
        failures = browser.text("#failures")
        self.assertIn("map 1 of os-count", failures)
        self.assertIn("its command failed", failures)
        root = self.cluster.root_url
        self.assertEqual(browser.links("#failures"), {
            "map 1 of os-count": f"{root}/tasks/{group.mappers[1]}",
            "log": f"{root}/tasks/{group.mappers[1]}/runs/0/logs/public/logs/live.log"})
        row = browser.texts("#tasks tr")[0]
        self.assertIn("2 (the worker was shut down)", row)
        self.assertNotIn("map 0", failures)

    def test_a_submission_that_stopped_half_way_is_told_with_what_goes_on_with_it(self):
        group = Group(self.cluster, mappers=0, reducers=0)
        group.counts["mappers"] = 5
        for number in range(2):
            group.end(group.add("map", number))
        browser = self.see(group.id, speed=100)
        browser.wait_for_text(SENTENCE, "Being submitted: 2 of 5 tasks posted.")
        browser.wait_for_text("#interrupted", f"af submit --resume {group.id} goes on with it.")

    def test_a_rerun_keeps_the_link_to_the_run_that_completed(self):
        group = Group(self.cluster, mappers=1, reducers=0)
        mapper = group.mappers[0]
        group.end(mapper, "exception", "worker-shutdown")
        group.end(mapper)
        self.cluster.root.call("queue", "POST", f"/task/{mapper}/rerun")
        browser = self.see(group.id)
        browser.wait(lambda: browser.links("#results"), "a result")
        self.assertIn(f"/task/{mapper}/runs/1/artifacts/", browser.links("#results")["public/af/result.txt"])

    def test_a_private_result_leads_to_the_page_of_its_run(self):
        group = Group(self.cluster, mappers=1, artifacts="af")
        for task in (*group.mappers, *group.reducers):
            group.end(task)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Finished")
        page = f"{self.cluster.root_url}/tasks/{group.reducers[0]}/runs/0"
        self.assertEqual(browser.links("#results"), {"af/result.txt": page})
        self.assertIn(f"af result {group.id}", browser.text("#results"))

    def test_results_of_several_partitions_are_told_apart_by_their_numbers(self):
        group = Group(self.cluster, mappers=1, reducers=3)
        for task in (*group.mappers, *group.reducers):
            group.end(task)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Finished")
        root = f"{self.cluster.root_url}/api/queue/v1/task"
        self.assertEqual(browser.links("#results"), {
            f"partition {number}: public/af/result.txt": f"{root}/{task}/runs/0/artifacts/public/af/result.txt"
            for number, task in enumerate(group.reducers)})

    def test_the_group_of_somebody_else_and_a_state_that_nobody_knew(self):
        group_id = slugid()
        task = self.cluster.create(taskGroupId=group_id, name="a build")
        reply = self.cluster.root.call("queue", "GET", f"/task-group/{group_id}/list")
        reply["tasks"][0]["status"]["state"] = "hibernating"
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "do": {"body": json.dumps(reply)}})
        browser = self.see(group_id)
        browser.wait_for_text("#counts", "hibernating")
        self.assertIn("0 of 1 task done", browser.text(SENTENCE))
        self.assertEqual(browser.links("#tasks tr")["a build"], f"{self.cluster.root_url}/tasks/{task}")
        self.assertEqual(browser.complaints(), [])

    def test_a_hostile_name_is_text(self):
        group = Group(self.cluster, mappers=1)
        name = "<img src=x onerror='window.harm=1'><script>window.harm=2</script>\"'&amp;"
        hostile = group.add("map", 7, name=name)
        group.end(hostile, "failed")
        browser = self.see(group.id)
        browser.wait_for_text("#failures", "window.harm=1")
        self.assertIn(name, browser.texts("#tasks td.name"))
        self.assertIsNone(browser.run("return window.harm ?? null"))
        self.assertEqual(browser.run("return document.querySelectorAll('main img, main script').length"), 0)

    def test_the_policy_of_the_page_runs_no_other_script(self):
        group = Group(self.cluster, mappers=1)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Waiting")
        browser.run("const script = document.createElement('script'); script.textContent = 'window.harm = 1';"
                    "document.body.append(script)")
        self.assertIsNone(browser.run("return window.harm ?? null"))
        self.assertEqual(browser.asked(), {self.cluster.root_url}, "it asks nobody but the queue")


class HowItAsks(MonitorCase):
    def test_one_request_in_five_seconds_by_the_clock_of_the_wall(self):
        group = Group(self.cluster)
        browser = self.see(group.id, speed=1)
        browser.wait_for_text(SENTENCE, "Waiting")
        browser.wait(lambda: len(self.looks()) >= 4, "four looks")
        looks = browser.asked_at()
        gaps = [after - before for before, after in zip(looks, looks[1:])]
        self.assertGreaterEqual(min(gaps), REQUEST_SECONDS - 0.25, gaps)
        self.assertLess(min(gaps), REQUEST_SECONDS + 3, gaps)

    def test_a_large_group_is_read_page_by_page_and_less_often(self):
        group = Group(self.cluster, mappers=2300)
        browser = self.see(group.id)
        browser.wait_for_text("#matches", "2,301 tasks")
        browser.wait(lambda: len(self.looks()) >= 9, "three looks of three pages")
        looks = browser.asked_at()[:9]
        for first, second in ((0, 3), (3, 6)):
            self.assertGreaterEqual(looks[second] - looks[first], 3 * REQUEST_SECONDS / SPEED - 0.05, looks)
        self.assertEqual(len(browser.texts("#tasks tr")), 100)
        self.assertEqual(browser.text("#page-number"), "Page 1 of 24")
        browser.run("document.getElementById('page-on').click()")
        self.assertEqual(browser.text("#page-number"), "Page 2 of 24")
        self.assertIn("map 100 of os-count", browser.texts("#tasks tr")[0])

    def test_it_backs_off_while_the_queue_fails_says_so_and_comes_back(self):
        group = Group(self.cluster)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Waiting")
        said = browser.remember("#trouble")
        for do, times in (({"status": 500}, 3), ({"status": 200, "html": True}, 1), ({"status": 429}, 1)):
            self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "times": times, "do": do})
        browser.wait(lambda: len(self.failed_looks()) == 5 and not browser.shown("#trouble"),
                     "five failures and their end")
        for words in ("has a problem of its own (HTTP 500", "not as a Taskcluster does", "HTTP 429",
                      "What is shown is from"):
            self.assertIn(words, said())
        self.assertIn("Waiting for workers", browser.text(SENTENCE))
        first = self.looks().index(self.failed_looks()[0])
        looks = browser.asked_at()[first:first + 6]
        gaps = [(after - before) * SPEED for before, after in zip(looks, looks[1:])]
        for gap, least in zip(gaps, (5, 10, 20, 40, 60), strict=True):
            self.assertGreaterEqual(gap, least - 1, gaps)

    def failed_looks(self):
        return [entry["time"] / 1000 for entry in self.cluster.requests(call="listTaskGroup") if entry["fault"]]

    def test_ten_minutes_without_a_network_do_not_end_it(self):
        group = Group(self.cluster)
        browser = self.see(group.id, speed=100)
        browser.wait_for_text(SENTENCE, "Waiting")
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "do": {"drop": "before"}})
        browser.wait_for_text("#trouble", "There is no answer from")
        time.sleep(600 / 100)
        self.cluster.control.clear_faults()
        group.start(group.mappers[0])
        browser.wait_for_text(SENTENCE, "Running")
        self.assertFalse(browser.shown("#trouble"))

    def test_a_tab_that_nobody_sees_asks_once_a_minute_and_at_once_when_it_is_seen_again(self):
        group = Group(self.cluster)
        browser = self.see(group.id)
        browser.wait_for_text(SENTENCE, "Waiting")
        page = browser.driver.current_window_handle
        browser.run("document.addEventListener('visibilitychange', () => {"
                    "  window[document.hidden ? 'hiddenAt' : 'seenAt'] = performance.now(); });")
        browser.driver.switch_to.new_window("tab")
        time.sleep((2 * REQUEST_SECONDS + 30) / SPEED)
        group.start(group.mappers[0])
        browser.driver.switch_to.window(page)
        browser.wait_for_text(SENTENCE, "Running", seconds=20 / SPEED + 10)
        hidden, seen = (when / 1000 for when in browser.run("return [window.hiddenAt, window.seenAt]"))
        looks = [when for when in browser.asked_at() if hidden <= when < seen]
        planned = 1  # before it was hidden
        self.assertLessEqual(len(looks), planned + (seen - hidden) * SPEED / 60, looks)

    def test_a_deployment_that_shows_nothing_is_asked_once_and_the_way_out_is_named(self):
        group = Group(self.cluster)
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"},
                                        "do": {"status": 403, "code": "InsufficientScopes"}})
        browser = self.see(group.id)
        browser.wait_for_text("#trouble", f'Run "af monitor {group.id}"')
        time.sleep(3 * REQUEST_SECONDS / SPEED)
        self.assertEqual(len(self.looks()), 1)
        self.cluster.control.clear_faults()
        browser.run("document.getElementById('again').click()")
        browser.wait_for_text(SENTENCE, "Waiting")

    def test_a_group_that_is_not_there_yet_appears(self):
        group_id = slugid()
        browser = self.see(group_id)
        browser.wait_for_text("#trouble", "knows no group")
        self.cluster.create(taskGroupId=group_id)
        browser.wait_for_text(SENTENCE, "0 of 1 task done")


class HowItIsUsed(MonitorCase):
    def test_without_parameters_it_asks_for_them_and_the_keyboard_is_enough(self):
        group = Group(self.cluster)
        browser = self.browser(SPEED)
        browser.open(self.page_url())
        browser.wait(lambda: browser.shown("#setup"), "the form")
        browser.press("TAB", "TAB", "http://tc.example.org", "ENTER")
        self.assertIn("must begin with https://", browser.text("#root-url-problem"))
        self.assertEqual(browser.focus(), "root-url")
        browser.run("document.getElementById('root-url').value = ''")
        browser.press(self.cluster.root_url, "TAB", group.id, "ENTER")
        browser.wait_for_text(SENTENCE, "Waiting")
        self.assertEqual(self.cluster.requests(call="listTaskGroup")[0]["status"], 200)

    def test_bad_parameters_are_named_and_nothing_is_asked(self):
        browser = self.browser()
        browser.open(self.page_url("../../evil", "http://tc.example.org"))
        browser.wait_for_text("#setup-problem", "must begin with https://")
        self.assertIn("22 letters", browser.text("#setup-problem"))
        self.assertEqual(browser.run("return document.getElementById('group-id').value"), "../../evil")
        self.assertEqual(self.looks(), [])

    def test_the_table_is_sorted_and_filtered_by_keyboard(self):
        group = Group(self.cluster, mappers=4)
        group.end(group.mappers[2], "failed")
        browser = self.see(group.id, speed=1)
        browser.wait_for_text("#matches", "5 tasks")
        browser.press("TAB")
        self.assertEqual(browser.focus(), "Skip to the tasks")
        browser.press("ENTER", "TAB")
        self.assertEqual(browser.focus(), "filter-state")
        browser.press("TAB", "map 2")
        self.assertEqual(browser.text("#matches"), "1 of 5 tasks")
        browser.press(*["BACKSPACE"] * 5, "TAB")
        self.assertEqual(browser.focus(), "Task")
        browser.press("ENTER", "ENTER")
        self.assertIn("reduce 0", browser.texts("#tasks tr")[0])
        self.assertEqual(browser.run("return document.activeElement.closest('th').ariaSort"), "descending")
        outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
        self.assertEqual(outline, "solid", "the focus is seen")

    def test_a_phone_shows_all_of_it_without_scrolling_sideways(self):
        group = Group(self.cluster, mappers=5)
        group.end(group.mappers[0])
        group.end(group.mappers[1], "failed")
        browser = self.browser()
        browser.phone()
        browser.open(self.page_url(group.id))
        browser.wait_for_text("#matches", "6 tasks")
        width = browser.run("return [innerWidth, document.documentElement.scrollWidth]")
        self.assertEqual(width, [360, 360])
        self.screenshot(browser, "phone")

    def test_light_and_dark_are_readable_and_drawn(self):
        group = self.busy_group()
        browser = self.see(group.id, speed=1)
        browser.wait_for_text("#matches", "13 tasks")
        grounds = set()
        for scheme in ("light", "dark"):
            browser.prefer(scheme=scheme, motion="reduce")
            faint = browser.run(CONTRASTS)
            self.assertEqual([entry for entry in faint if entry["ratio"] < 4.5], [], scheme)
            grounds.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
            self.assertGreater(self.screenshot(browser, scheme), 50, "the picture has as good as no colours")
        self.assertEqual(len(grounds), 2)

    def busy_group(self):
        """One of everything: done, failed, running, tried again, waiting."""
        group = Group(self.cluster, mappers=12)
        group.end(group.mappers[0], "exception", "worker-shutdown")
        for mapper in group.mappers[1:6]:
            group.end(mapper)
        group.end(group.mappers[6], "failed")
        for mapper in group.mappers[7:9]:
            group.start(mapper)
        self.cluster.control.advance(95)
        return group

    def screenshot(self, browser, name):
        """How many colours the picture of the page has. AF_SCREENSHOTS names a folder that keeps it."""
        path = browser.screenshot(os.path.join(os.environ.get("AF_SCREENSHOTS", self.folder), f"{name}.png"))
        script = """const [data, done] = arguments; const image = new Image(); image.onload = () => {
          const canvas = new OffscreenCanvas(image.width, image.height), paint = canvas.getContext('2d');
          paint.drawImage(image, 0, 0);
          const pixels = new Uint32Array(paint.getImageData(0, 0, image.width, image.height).data.buffer);
          done(new Set(pixels).size); }; image.src = data;"""
        with open(path, "rb") as file:
            data = "data:image/png;base64," + base64.b64encode(file.read()).decode()
        return browser.driver.execute_async_script(script, data)


# The contrast of every text against what lies behind it, by the formula of WCAG 2.
CONTRASTS = """
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!colour.endsWith(', 0)')) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !node.getClientRects().length) continue;
    if (node.closest('script, style, :disabled')) continue;
    const colour = node instanceof SVGElement ? getComputedStyle(node).fill : getComputedStyle(node).color;
    const pair = [light(colour), light(ground(node))].sort((a, b) => b - a);
    found.push({ text: texts.currentNode.data.trim(), ratio: (pair[0] + 0.05) / (pair[1] + 0.05) });
  }
  return found;
"""

if __name__ == "__main__":
    unittest.main()
