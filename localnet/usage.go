package localnet

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTicks is USER_HZ, the unit of /proc/<pid>/stat, 100 on every Linux port of Go.
const clockTicks = 100

// Usage is what a process has used so far, as /proc tells it: Linux only. Sizes are bytes.
type Usage struct {
	// Resident memory now, and the most there was.
	Resident, Peak int64
	// Anonymous is the part of Resident that belongs to no file: the program and its libraries are
	// shared between processes and given back under pressure.
	Anonymous int64
	// CPU is the processor time.
	CPU time.Duration
}

// Usage of the process at this moment.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.PID()) }

// UsageOf is Usage of any process that may be looked at.
func UsageOf(pid int) (Usage, error) {
	var u Usage
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	defer f.Close()
	want := map[string]*int64{"VmRSS:": &u.Resident, "VmHWM:": &u.Peak, "RssAnon:": &u.Anonymous}
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		fields := strings.Fields(scanner.Text())
		if len(fields) < 2 || want[fields[0]] == nil {
			continue
		}
		kib, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return u, err
		}
		*want[fields[0]] = kib << 10
	}
	u.CPU, err = cpuOf(pid)
	return u, err
}

func cpuOf(pid int) (time.Duration, error) {
	bz, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th after it.
	fields := strings.Fields(string(bz[strings.LastIndexByte(string(bz), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat: has %d fields", pid, len(fields))
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks, nil
}
