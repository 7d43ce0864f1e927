#!/usr/bin/env python3
"""What a person sees of `af submit --watch` in a terminal, kept as text: the plan, where to look, the work, the end."""
import os
import unittest

from group_support import GroupCase, Terminal, masked
from submit_support import BUCKET, IMAGE, SubmitCase
from support import write

MAPPER = """import os, time
while os.path.exists({hold!r}):
    time.sleep(0.1)
def mapper(uuid, file, value):
    return value['info']['OS'] + ' 1'
"""


class Screen(SubmitCase):
    assert_screen = GroupCase.assert_screen

    def shown(self, screen):
        first = self.posted()[0]["path"].rpartition("/")[2]
        return masked(screen, self.cluster.root_url, [self.cluster.services.queue.find(first)["taskGroupId"]])

    def test_a_submission_from_the_question_to_the_index_to_its_end(self):
        objects = self.objects(6)
        self.store(objects)
        hold = write(self.path("hold"), "")
        job = self.python_job(MAPPER.format(hold=hold), "return key + ' ' + str(len(values))")
        self.bucket_worker()
        words = ("submit", self.filter(), IMAGE, "--job", job, "--index", f"{self.index(objects).url}/files",
                 "--input-root", f"s3://{BUCKET}/", "--load-files", "2", "--credentials", "worker", "--watch")
        terminal = Terminal(self.folder, words, self.environment(**self.desk()), columns=110)
        self.addCleanup(terminal.close)
        screen = terminal.wait_for(r"0 of 3 done, 2 running, 1 pending.*waits for the mappers")
        self.assert_screen(self.shown(screen), "submit_at_work.txt")
        os.remove(hold)
        self.assertEqual(terminal.ended(), 0)
        self.assert_screen(self.shown(terminal.screen()), "submit_completed.txt")
        self.assert_schemas_passed()


if __name__ == "__main__":
    unittest.main()
