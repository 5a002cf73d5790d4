#!/usr/bin/env bash
# A Slurm of one's own for tests: a controller and the daemons of one or two nodes, all on this machine, in
# one folder and on ports of their own. Needs root, and apt where Slurm is not installed (Debian or Ubuntu).
#
#   cluster.sh ready                    0 if tests can run here, after installing what is missing
#   cluster.sh up DIR PORT [LINE…]      starts what of it does not run; LINEs go into slurm.conf and win over
#                                       the ones here. After a kill the daemon goes on from its old state
#   cluster.sh account DIR PORT         starts an accounting on PORT, with a database of its own, and prints
#                                       the LINEs that `up` needs for it; 1 where there is no MariaDB
#   cluster.sh kill DIR NAME            kill -9 of slurmctld, or of slurmd (all nodes)
#   cluster.sh down DIR                 ends the jobs and the daemons, and waits for that
set -euo pipefail

fail() { echo "cluster.sh: $*" >&2; exit 1; }

install_slurm() {
    install_missing munged munge sbatch slurm-client slurmctld slurmctld slurmd slurmd
}

install_missing() { # PROGRAM PACKAGE…
    local packages=()
    while (($#)); do
        command -v "$1" >/dev/null || packages+=("$2")
        shift 2
    done
    ((${#packages[@]})) || return 0
    command -v apt-get >/dev/null || return 1
    # The daemons are started here, by hand: the packages must not start theirs.
    local policy=/usr/sbin/policy-rc.d made=''
    [[ -e $policy ]] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; made=1; }
    local code=0
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } \
        </dev/null >/tmp/bal-slurm-apt.log 2>&1 || code=1
    [[ -z $made ]] || rm -f $policy
    return $code
}

munge_answers() { munge -n </dev/null 2>/dev/null | unmunge >/dev/null 2>&1; }

# Munge proves to daemons who calls them. One serves all clusters of a machine, and it stays.
start_munge() {
    munge_answers && return 0
    [[ -s /etc/munge/munge.key ]] || {
        install -d -o munge -g munge -m 700 /etc/munge
        (umask 077; head -c 1024 /dev/urandom >/etc/munge/munge.key)
        chown munge: /etc/munge/munge.key
    }
    install -d -o munge -g munge -m 755 /run/munge
    install -d -o munge -g munge -m 700 /var/lib/munge /var/log/munge
    runuser -u munge -- munged --force </dev/null >/dev/null 2>&1 || true
    for _ in {1..50}; do munge_answers && return 0; sleep 0.1; done
    return 1
}

# The process of a daemon, by its pid file and its name.
process() {
    local pid
    pid=$(cat "$1/$2.pid" 2>/dev/null) || return 1
    [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == */"${2%%-n[12]}"* ]] && echo "$pid"
}

configure() {
    local dir=$1 port=$2 memory
    shift 2
    memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    local host
    host=$(hostname -s)
    local lines=(
        "ClusterName=bal$port" "SlurmctldHost=$host(127.0.0.1)" "SlurmctldPort=$port"
        "AuthType=auth/munge" "CredType=cred/munge" "SlurmUser=root" "SlurmdUser=root"
        # A job that is started again waits as long as a credential lives: two minutes, where less than 5 s are given.
        "AuthInfo=cred_expire=5"
        "StateSaveLocation=$dir/state" "SlurmdSpoolDir=$dir/spool-%n"
        "SlurmctldPidFile=$dir/slurmctld.pid" "SlurmdPidFile=$dir/slurmd-%n.pid"
        "SlurmctldLogFile=$dir/slurmctld.log" "SlurmdLogFile=$dir/slurmd-%n.log"
        # Processes are found by their parents: no cgroups, which a container may not have.
        "ProctrackType=proctrack/linuxproc" "TaskPlugin=task/none" "MpiDefault=none" "MailProg=/bin/true"
        "JobAcctGatherType=jobacct_gather/none" "AccountingStorageType=accounting_storage/none"
        "SelectType=select/cons_tres" "SelectTypeParameters=CR_CPU"
        "SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1"
        "SlurmdParameters=config_overrides" "ReturnToService=2" "MinJobAge=3600" "KillWait=3"
        "SlurmctldTimeout=10" "SlurmdTimeout=30" "MaxArraySize=10001" "MaxJobCount=20000"
    )
    local line
    for line in "${lines[@]}"; do
        local given
        for given in "$@"; do [[ ${given%%=*} == "${line%%=*}" ]] && continue 2; done
        echo "$line"
    done
    printf '%s\n' "$@"
    # Two nodes that claim more processors than this machine has.
    echo "NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=4 RealMemory=$memory"
    echo "NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=4 RealMemory=$memory"
    echo "PartitionName=debug Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP"
}

start() { # start DIR NAME COMMAND…
    local dir=$1 name=$2
    shift 2
    process "$dir" "$name" >/dev/null && return 0
    rm -f "$dir/$name.pid"
    (cd / && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@") </dev/null >>"$dir/$name.start" 2>&1 ||
        fail "$name did not start: $(tail -n 3 "$dir/$name.start")"
    for _ in {1..50}; do process "$dir" "$name" >/dev/null && return 0; sleep 0.1; done
    fail "$name ended at once: $(tail -n 3 "$dir/$name.log")"
}

up() {
    local dir=$1 port=$2
    shift 2
    mkdir -p "$dir/state"
    start_munge || fail "munge does not answer"
    [[ -e $dir/slurm.conf ]] || configure "$dir" "$port" "$@" >"$dir/slurm.conf"
    export SLURM_CONF=$dir/slurm.conf
    start "$dir" slurmctld slurmctld -f "$SLURM_CONF"
    for node in n1 n2; do
        mkdir -p "$dir/spool-$node"
        start "$dir" "slurmd-$node" slurmd -f "$SLURM_CONF" -N $node
    done
    for _ in {1..300}; do
        [[ $(sinfo -h -N -p debug -o %T 2>/dev/null | grep -cE '^(idle|mixed|allocated|completing)$') == 2 ]] && return 0
        sleep 0.1
    done
    fail "the nodes are not ready: $(sinfo -N 2>&1)"
}

account() {
    local dir=$1 port=$2 db
    db=$dir/accounting
    install_missing mariadbd mariadb-server slurmdbd slurmdbd || fail "no accounting here: see /tmp/bal-slurm-apt.log"
    start_munge || fail "munge does not answer"
    mkdir -p "$db"
    mariadb-install-db --no-defaults --user=root --datadir="$db/data" --auth-root-authentication-method=normal \
        --skip-test-db >"$db/install.log" 2>&1
    mariadbd --no-defaults --user=root --datadir="$db/data" --socket="$db/socket" --skip-networking \
        --pid-file="$dir/mariadbd.pid" </dev/null >"$db/mariadbd.log" 2>&1 &
    for _ in {1..100}; do
        mariadb-admin --no-defaults --socket="$db/socket" ping >/dev/null 2>&1 && break
        sleep 0.1
    done
    [[ -S $db/socket ]] || fail "MariaDB did not start: $(tail -n 3 "$db/mariadbd.log")"
    local lines=(
        "AuthType=auth/munge" "DbdHost=localhost" "DbdPort=$port" "SlurmUser=root"
        "LogFile=$dir/slurmdbd.log" "PidFile=$dir/slurmdbd.pid"
        "StorageType=accounting_storage/mysql" "StorageHost=localhost" "StorageUser=root" "StorageLoc=slurm"
    )
    # It is read from the folder of slurm.conf.
    (umask 077; printf '%s\n' "${lines[@]}" >"$dir/slurmdbd.conf")
    start "$dir" slurmdbd MYSQL_UNIX_PORT="$db/socket" SLURM_CONF="$dir/slurm.conf" slurmdbd
    for _ in {1..100}; do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
    printf '%s\n' "AccountingStorageType=accounting_storage/slurmdbd" "AccountingStorageHost=localhost" \
        "AccountingStoragePort=$port" "AccountingStorageEnforce=associations,limits"
}

kill_hard() {
    local dir=$1 name
    for name in "$2" "$2-n1" "$2-n2"; do
        local pid
        if pid=$(process "$dir" "$name"); then
            kill -9 "$pid"
            while [[ -e /proc/$pid/exe ]]; do sleep 0.05; done
        fi
    done
}

down() {
    local dir=$1 name pid
    export SLURM_CONF=$dir/slurm.conf
    # Jobs outlive the daemon of their node.
    if process "$dir" slurmctld >/dev/null; then
        timeout 10 scancel --me --full 2>/dev/null || true
        for _ in {1..60}; do [[ -z $(timeout 5 squeue -h 2>/dev/null) ]] && break; sleep 0.1; done
    fi
    for name in slurmd-n1 slurmd-n2 slurmctld slurmdbd mariadbd; do
        if pid=$(process "$dir" "$name"); then
            kill "$pid" 2>/dev/null || true
            for _ in {1..50}; do [[ -e /proc/$pid/exe ]] || break; sleep 0.1; done
            kill -9 "$pid" 2>/dev/null || true
        fi
    done
}

case ${1:-} in
    ready)
        [[ $(id -u) == 0 ]] || fail "only root can start Slurm"
        install_slurm || fail "Slurm is not installed and cannot be: see /tmp/bal-slurm-apt.log"
        start_munge || fail "munge does not answer"
        ;;
    up) up "${@:2}" ;;
    account) account "$2" "$3" ;;
    kill) kill_hard "$2" "$3" ;;
    down) down "$2" ;;
    *) fail "what to do? (ready, up, account, kill, down)" ;;
esac
