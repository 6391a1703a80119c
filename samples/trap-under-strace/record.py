"""The trap of the story `trap`, met by the first process of the container, without a tracer and with one."""


def record(story):
    with story.audit():
        story.run(story.container("crun", ["mkdir", "/srv/data"]))
        story.trace(story.container("crun", ["mkdir", "/srv/data"]))
