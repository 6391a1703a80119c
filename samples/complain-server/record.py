"""A web server recorded in complain mode while it answers two requests."""

import time
import urllib.error
import urllib.request

PORT = 18099


def record(story):
    with open(f"{story.rootfs}/srv/index.html", "w", encoding="utf-8") as page:
        page.write("<p>It works.\n")
    server = story.container("runc", ["httpd", "-f", "-p", f"127.0.0.1:{PORT}", "-h", "/srv"], network=False)
    with story.audit():
        server.start()
        time.sleep(0.5)
        codes = [ask("/index.html"), ask("/missing")]
        server.delete()
        time.sleep(0.3)
    story.note(f"`runc run` of `{server.command}`: process {server.pid}, asked twice, answered {codes}, then killed")


def ask(path):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code
