"""Chromium for tests: headless, with a profile of its own, driven by Selenium; and a web server for a page.

`speed` makes the page's timers and its clock run faster, so that minutes of polling take seconds; the page knows
nothing of it.
"""
import base64
import http.server
import os
import shutil
import threading
import time
import unittest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WAIT_SECONDS = 60
LOOK_SECONDS = 0.05
FASTER = """(() => {
  const later = window.setTimeout.bind(window), now = Date.now.bind(Date), start = now();
  window.setTimeout = (work, wait, ...more) => later(work, (wait || 0) / %(speed)s, ...more);
  Date.now = () => start + (now() - start) * %(speed)s;
})()"""
ASKING = """(() => {
  const ask = window.fetch.bind(window);
  window.askedAt = [];
  window.fetch = (...how) => { window.askedAt.push(performance.now()); return ask(...how); };
})()"""
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}


def require_chromium():
    """Skips the test with one line where the browser is not installed; what else is missing is a failure."""
    if not CHROMIUM:
        raise unittest.SkipTest("chromium is not installed (apt-get install chromium chromium-driver)")
    if not DRIVER:
        raise AssertionError("chromedriver is not installed (apt-get install chromium-driver)")


class Browser:
    """A browser with one window. Closed by close()."""

    def __init__(self, folder, speed=1, width=1100, height=1000):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--no-proxy-server", f"--user-data-dir={os.path.join(folder, 'profile')}",
                     f"--window-size={width},{height}"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.set_page_load_timeout(WAIT_SECONDS)
        self.command("Page.addScriptToEvaluateOnNewDocument", source=ASKING)
        if speed != 1:
            self.command("Page.addScriptToEvaluateOnNewDocument", source=FASTER % {"speed": speed})

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, url):
        self.driver.get(url)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        """What is to be read there; "" when it is hidden or not there."""
        return self.run("return document.querySelector(arguments[0])?.innerText.trim() ?? ''", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((node) => node.innerText.trim())",
                        selector)

    def links(self, selector):
        """{text: address} of the links there."""
        return dict(self.run("return [...document.querySelectorAll(arguments[0] + ' a')]"
                             ".map((a) => [a.innerText, a.href])", selector))

    def shown(self, selector):
        return self.run("return Boolean(document.querySelector(arguments[0])?.getClientRects().length)", selector)

    def press(self, *keys):
        """Keys, to whatever has the focus."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys
        ActionChains(self.driver).send_keys(*[getattr(Keys, key, key) for key in keys]).perform()

    def focus(self):
        """Of the element that has the focus: its id, else its text."""
        return self.run("return document.activeElement.id || document.activeElement.innerText")

    def wait(self, condition, what, seconds=WAIT_SECONDS):
        """Until condition() is true; its value."""
        until = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > until:
                raise AssertionError(f"after {seconds} s not so: {what}\n{self.text('body')[:3000]}")
            time.sleep(LOOK_SECONDS)
        return value

    def wait_for_text(self, selector, part, seconds=WAIT_SECONDS):
        return self.wait(lambda: part in self.text(selector), f"{selector} says {part!r}", seconds)

    def remember(self, selector):
        """A function that tells all that was to be read there from now on, however briefly."""
        self.run("""const node = document.querySelector(arguments[0]); window.said = [node.innerText];
          new MutationObserver(() => window.said.push(node.innerText))
            .observe(node, { subtree: true, childList: true, attributes: true });""", selector)
        return lambda: self.run("return window.said.join('\\n')")

    def asked(self):
        """The origins that the page has asked for anything."""
        return set(self.run("return performance.getEntriesByType('resource').map((each) => new URL(each.name).origin)"))

    def asked_at(self):
        """When the page began each of its requests, in seconds: how long one is on its way does not count."""
        return [milliseconds / 1000 for milliseconds in self.run("return window.askedAt")]

    def complaints(self):
        """What the console holds of errors, but for requests that failed."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and entry["source"] != "network"]

    def prefer(self, **features):
        """Media features: scheme="dark", motion="reduce"."""
        names = {"scheme": "prefers-color-scheme", "motion": "prefers-reduced-motion"}
        self.command("Emulation.setEmulatedMedia",
                     features=[{"name": names[key], "value": value} for key, value in features.items()])

    def phone(self):
        self.command("Emulation.setDeviceMetricsOverride", **PHONE)

    def screenshot(self, path):
        """All of the page, not only what the window shows."""
        size = self.run("const page = document.documentElement; return [page.clientWidth, page.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
        return path


class PageServer:
    """Serves files of a folder on a free loopback port: another origin than the queue's. Stopped by close()."""

    def __init__(self, folder):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
