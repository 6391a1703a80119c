"""A profile that permits local sockets only, and a program that wants the network."""


def record(story):
    with story.audit():
        story.trace(story.container("crun", ["wget", "-O-", "http://127.0.0.1:8080/"]))
