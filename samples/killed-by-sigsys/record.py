"""mkdir under an allow-list that kills."""

import json

from lib_lab import container


def record(story):
    with story.audit():
        story.trace(story.container("runc", ["mkdir", "/srv/data"]))
    config = container.under(story.profile(), "rootfs", ["mkdir", "/srv/data"])
    story.save("config.json", json.dumps(config, indent="\t") + "\n")
