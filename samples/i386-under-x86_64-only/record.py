"""A 32-bit program under a filter that knows only x86_64."""


def record(story):
    story.compile("/bin/legacy", "-m32", "-static")
    with story.audit():
        story.trace(story.container("runc", ["/bin/legacy"]))
