"""A Slurm of one node on this machine: munged, slurmctld and slurmd in a scratch folder, without
systemd and without touching /etc. Everything listens on 127.0.0.1 and ends with the block."""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

# Requeued jobs wait for cred_expire (120 s by default), and the scheduler for its intervals: short
# here, where nothing but the test waits. KillWait is the time from SIGTERM to SIGKILL.
CONFIGURATION = """\
ClusterName=kgon
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={scratch}/munge.socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={scratch}/state
SlurmdSpoolDir={scratch}/spool
SlurmctldPidFile={scratch}/slurmctld.pid
SlurmdPidFile={scratch}/slurmd.pid
SlurmctldLogFile={scratch}/slurmctld.log
SlurmdLogFile={scratch}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,default_queue_depth=1000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=20
MaxArraySize=1001
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=1000 State=UNKNOWN
PartitionName=normal Nodes={host} Default=YES MaxTime=INFINITE PriorityTier=1
PartitionName=urgent Nodes={host} MaxTime=INFINITE PriorityTier=2
"""
DAEMONS = ("munged", "slurmctld", "slurmd")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


class Cluster:
    """`environment` is what Slurm's commands need to talk to it."""

    def __init__(self, scratch, cpus=2):
        self.scratch = Path(scratch)
        self.cpus = cpus
        self.host = socket.gethostname().split(".")[0]
        self.running = {}
        self.environment = os.environ | {
            "SLURM_CONF": str(self.scratch / "slurm.conf"),
            # Debian has the daemons where the PATH of a plain user does not go.
            "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        for name in list(self.environment):
            if name.startswith(("SBATCH_", "SQUEUE_", "SALLOC_")):
                del self.environment[name]

    def __enter__(self):
        try:
            self._configure()
            # munged refuses folders that others may write, unless it is forced to take them.
            self._start("munged", "--force", "--foreground", f"--socket={self.scratch}/munge.socket",
                        f"--key-file={self.scratch}/munge.key", f"--seed-file={self.scratch}/munge.seed",
                        f"--pid-file={self.scratch}/munged.pid", f"--log-file={self.scratch}/munged.log",
                        "--num-threads=2")
            wait_for(lambda: (self.scratch / "munge.socket").exists(), "munged")
            self._start("slurmctld", "-D", "-i")
            wait_for(lambda: self.command("scontrol", "ping", check=False).returncode == 0,
                     "slurmctld")
            self.start_slurmd()
        except BaseException:
            self.show_logs()
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if "slurmctld" in self.running:
            self.command("scancel", "--user", pwd.getpwuid(os.getuid()).pw_name, check=False)
        for name in reversed(DAEMONS):
            self._stop(name)
        # Steps outlive slurmd; what they run ends with them.
        for process in self._left_behind():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def start_slurmd(self):
        self._start("slurmd", "-D", "-N", self.host)
        wait_for(lambda: self.command("sinfo", "-h", "-o", "%t", check=False).stdout.split()[:1]
                 in (["idle"], ["mix"], ["alloc"]), "slurmd")

    def restart_slurmd(self):
        """Jobs go on meanwhile: each has a slurmstepd of its own."""
        self._stop("slurmd")
        time.sleep(1)
        self.start_slurmd()

    def command(self, *arguments, check=True):
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return done

    def show_logs(self):
        for path in sorted(self.scratch.glob("*.log")):
            print(f"--- {path.name}", *path.read_text(errors="replace").splitlines()[-25:], sep="\n")

    def _configure(self):
        for folder in ("state", "spool"):
            (self.scratch / folder).mkdir(parents=True)
        (self.scratch / "munge.key").write_bytes(os.urandom(128))
        (self.scratch / "munge.key").chmod(0o600)
        (self.scratch / "slurm.conf").write_text(CONFIGURATION.format(
            host=self.host, user=pwd.getpwuid(os.getuid()).pw_name, scratch=self.scratch,
            cpus=self.cpus, ctld_port=free_port(), slurmd_port=free_port()))

    def _start(self, name, *arguments):
        path = shutil.which(name, path=self.environment["PATH"])
        with open(self.scratch / f"{name}.output.log", "ab") as log:
            self.running[name] = subprocess.Popen([path, *arguments], env=self.environment, stdout=log,
                                                  stderr=log, stdin=subprocess.DEVNULL)

    def _stop(self, name):
        daemon = self.running.pop(name, None)
        if daemon is None:
            return
        daemon.terminate()
        try:
            daemon.wait(15)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _left_behind(self):
        """Processes that were started with this cluster's slurm.conf, but for this one."""
        mark = f"SLURM_CONF={self.environment['SLURM_CONF']}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)
            except OSError:
                continue
