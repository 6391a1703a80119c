"""mkdir answered by SIGSYS that nobody handles."""


def record(story):
    with story.audit():
        story.trace(story.container("crun", ["sh", "-c", "mkdir /srv/data; echo status $?"]))
