"""One thread of two is killed."""


def record(story):
    story.compile("/bin/pool", "-static", "-pthread")
    with story.audit():
        story.trace(story.container("runc", ["/bin/pool"]))
