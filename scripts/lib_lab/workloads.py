"""Fourteen programs that people run in containers, each as a short script. The last line it prints says that it worked."""

import os
import subprocess
import tarfile

# Debian packages of the image that has them all.
PACKAGES = ("nginx-light", "redis-server", "postgresql", "python3", "nodejs", "openjdk-17-jdk-headless", "git", "curl",
            "sqlite3", "perl", "openssl", "ca-certificates", "strace", "procps")
# What the host itself can lend to a small image, for a short run.
LENT = ("bash", "coreutils", "perl", "openssl")

_NGINX = r"""
mkdir -p /tmp/www; echo hello-nginx > /tmp/www/index.html
printf 'user www-data;\nworker_processes 2;\npid /tmp/nginx.pid;\nevents {}\nhttp { access_log off; server { listen 127.0.0.1:8080; root /tmp/www; } }\n' > /tmp/nginx.conf
nginx -c /tmp/nginx.conf 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do curl -fsS http://127.0.0.1:8080/ 2>/dev/null | grep -q hello-nginx && ok=1 && break; sleep 0.2; done
test "$ok" = 1
nginx -c /tmp/nginx.conf -s quit 2>/dev/null
while test -e /tmp/nginx.pid; do sleep 0.1; done
"""
_REDIS = r"""
redis-server --port 6379 --bind 127.0.0.1 --dir /tmp --daemonize yes --save '' --logfile /tmp/redis.log
for i in 1 2 3 4 5 6 7 8 9 10; do redis-cli ping 2>/dev/null | grep -q PONG && break; sleep 0.2; done
redis-cli set lab works >/dev/null
test "$(redis-cli get lab)" = works
redis-cli bgsave >/dev/null; sleep 0.5; test -s /tmp/dump.rdb
redis-cli shutdown nosave || true
"""
_POSTGRES = r"""
PG=$(ls -d /usr/lib/postgresql/*/bin)
rm -rf /tmp/pg; mkdir -p /tmp/pg /tmp/pgs; chown postgres /tmp/pg /tmp/pgs
run() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
run $PG/initdb -D /tmp/pg -A trust >/dev/null
run $PG/pg_ctl -D /tmp/pg -w -o "-k /tmp/pgs -c listen_addresses=127.0.0.1" -l /tmp/pg/log start >/dev/null
test "$(run $PG/psql -h 127.0.0.1 -tA -c 'select 6*7' postgres)" = 42
run $PG/pg_ctl -D /tmp/pg -m fast -w stop >/dev/null
"""
_PYTHON = r"""
python3 -c '
import os, socket, subprocess, tempfile, threading, time
t = threading.Thread(target=lambda: time.sleep(0.01)); t.start(); t.join()
assert subprocess.run(["/bin/true"]).returncode == 0
with tempfile.TemporaryDirectory() as d:
    p = os.path.join(d, "x"); open(p, "w").write("y"); os.rename(p, p + "2"); assert os.listdir(d) == ["x2"]
a, b = socket.socketpair(); a.send(b"z"); assert b.recv(1) == b"z"
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); c = socket.create_connection(s.getsockname()); s.accept()
assert len(os.urandom(8)) == 8'
"""
_NODE = r"""
node -e '
const fs = require("fs"), http = require("http"), { execSync } = require("child_process"), crypto = require("crypto");
fs.writeFileSync("/tmp/node.txt", "x"); fs.unlinkSync("/tmp/node.txt"); execSync("/bin/true"); crypto.randomBytes(8);
const s = http.createServer((q, r) => r.end("ok")).listen(0, "127.0.0.1", () =>
  http.get({ host: "127.0.0.1", port: s.address().port }, r => { r.resume(); r.on("end", () => process.exit(0)); }));'
"""
_JAVA = r"""
cat > /tmp/Lab.java <<'J'
import java.net.*; import java.nio.file.*;
public class Lab { public static void main(String[] a) throws Exception {
  Path p = Files.createTempFile("lab", "x"); Files.writeString(p, "y"); Files.delete(p);
  Thread t = new Thread(() -> {}); t.start(); t.join();
  try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); Socket c = new Socket(s.getInetAddress(), s.getLocalPort())) { s.accept(); }
  if (new ProcessBuilder("/bin/true").start().waitFor() != 0) System.exit(1);
} }
J
java -XX:TieredStopAtLevel=1 -Xmx128m -Djava.net.preferIPv4Stack=true /tmp/Lab.java
"""
_GIT = r"""
export HOME=/tmp; rm -rf /tmp/repo /tmp/clone; git init -q /tmp/repo; cd /tmp/repo
git config user.email lab@example.org; git config user.name lab
echo a > a; git add a; git commit -qm one; echo b >> a; git commit -qam two; git gc -q
git clone -q /tmp/repo /tmp/clone; test "$(git -C /tmp/clone rev-list --count HEAD)" = 2
"""
_APT = r"""
apt-cache policy bash >/dev/null; apt-get -qq check; apt-get -s -qq install bash >/dev/null; dpkg -l bash >/dev/null
apt-get clean; apt-config dump >/dev/null
"""
_CURL = r"""
echo payload > /tmp/c.txt; test "$(curl -fsS file:///tmp/c.txt)" = payload
! curl -sS --max-time 2 http://127.0.0.1:9/ 2>/dev/null; curl --version >/dev/null
"""
_SQLITE = r"""
rm -f /tmp/s.db; sqlite3 /tmp/s.db 'pragma journal_mode=wal; create table t(a); insert into t values(41),(1);' >/dev/null
test "$(sqlite3 /tmp/s.db 'select sum(a) from t')" = 42; sqlite3 /tmp/s.db vacuum
"""
_PERL = r"""
perl -MSocket -MPOSIX -e 'my $p = fork // die; exit 0 unless $p; waitpid $p, 0; die if $?; open my $f, ">", "/tmp/p.txt" or die; print $f "x";
close $f; rename "/tmp/p.txt", "/tmp/q.txt" or die; chmod 0600, "/tmp/q.txt" or die; unlink "/tmp/q.txt" or die; pipe my $r, my $w or die;
socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, 0 or die; alarm 5; alarm 0; select undef, undef, undef, 0.01; die unless `echo hi` eq "hi\n";'
"""
_OPENSSL = r"""
cd /tmp; openssl genrsa -out k.pem 1024 2>/dev/null; openssl req -new -x509 -key k.pem -subj /CN=lab -out c.pem -days 1
echo text > o.txt; openssl dgst -sha256 -sign k.pem -out o.sig o.txt; openssl x509 -in c.pem -pubkey -noout > pub.pem
openssl dgst -sha256 -verify pub.pem -signature o.sig o.txt >/dev/null; openssl rand -hex 8 >/dev/null
"""
_BASH = r"""
bash -c 'set -e; x=$(printf "%s\n" c a b | sort | head -1); test "$x" = a; f=/tmp/b.$$; echo 1 > $f; read y < $f; rm $f; test $y = 1
(exit 3) || test $? = 3; trap "t=1" USR1; kill -USR1 $$; test "$t" = 1; sleep 0.01 & wait; while read l; do :; done < <(echo z); ulimit -n >/dev/null'
"""
_COREUTILS = r"""
cd /tmp; rm -rf cu; mkdir -p cu/d; touch cu/d/f; cp -a cu/d cu/e; mv cu/e cu/g; ln -s f cu/d/l; ln cu/d/f cu/d/h; chmod 600 cu/d/f; chown 1:1 cu/d/f
stat cu/d/f >/dev/null; du -s cu >/dev/null; df / >/dev/null; ls -lR cu >/dev/null; date >/dev/null; id >/dev/null; uname -a >/dev/null; nproc >/dev/null
dd if=/dev/zero of=cu/z bs=4k count=4 2>/dev/null; truncate -s 1 cu/z; sha256sum cu/z >/dev/null; sort -R cu/z >/dev/null; timeout 5 true; nice -n 1 true
env true; readlink -f cu/d/l >/dev/null; mkfifo cu/p; split -b 1 cu/z cu/s; tail -c 1 cu/z >/dev/null; sync cu/z; rm -r cu
"""

SCRIPTS = {"nginx": _NGINX, "redis": _REDIS, "postgres": _POSTGRES, "python3": _PYTHON, "node": _NODE, "java": _JAVA, "git": _GIT,
           "apt": _APT, "curl": _CURL, "sqlite": _SQLITE, "perl": _PERL, "openssl": _OPENSSL, "bash": _BASH, "coreutils": _COREUTILS}


def marker(name):
    return f"lab: {name} worked"


def command(name):
    """The words that run a workload in an image of this module."""
    return ["/bin/sh", f"/lab/{name}.sh"]


def worked(name, output):
    lines = output.strip().splitlines()
    return bool(lines) and lines[-1].strip() == marker(name)


def add_scripts(root):
    """Puts every workload's script into a root file system."""
    os.makedirs(os.path.join(root, "lab"), exist_ok=True)
    for name, script in SCRIPTS.items():
        with open(os.path.join(root, f"lab/{name}.sh"), "w", encoding="utf-8") as out:
            out.write(f"set -e\nexec 2>&1\n{script.strip()}\necho '{marker(name)}'\n")


def full_root(path):
    """A Debian root file system with every workload, made by debootstrap from the host's own mirror."""
    subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), "bookworm", path],
                   stdout=subprocess.DEVNULL, check=True)
    add_scripts(path)
    return path


def archive(root, path):
    """The root file system as a tar file that `docker import` takes: without devices and other machines' package caches."""
    def kept(member):
        skipped = member.name.startswith(("./var/cache/apt/", "./proc/", "./sys/", "./dev/", "./usr/share/doc/",
                                          "./usr/share/locale/", "./usr/share/man/"))
        return None if skipped else member
    with tarfile.open(path, "w") as out:
        out.add(root, arcname=".", filter=kept)
    return path
