"""A thread is started although clone3 is answered by ENOSYS."""


def record(story):
    story.compile("/bin/threads", "-static", "-pthread")
    with story.audit():
        story.trace(story.container("crun", ["/bin/threads"]))
