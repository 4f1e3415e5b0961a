package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// shedEvery is how often pages of the program that were needed once are given back.
const shedEvery = 15 * time.Second

// shed gives memory that was freed back to the system, and pages of the program itself: its start touches nearly all of 50 MB of
// code and tables, of which relaying needs a part. What is needed again is mapped again from the page
// cache, at a microsecond a time and some hundred times; relayer/README.md has what was measured.
func shed(ctx context.Context) {
	tick := time.NewTicker(shedEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			debug.FreeOSMemory()
			_ = shedOnce() // saves memory, nothing depends on it
		case <-ctx.Done():
			return
		}
	}
}

// shedOnce drops the mappings of this program's file that cannot be written and never were.
func shedOnce() error {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer f.Close()
	var start, end uintptr
	clean := map[[2]uintptr]bool{}
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		line := scanner.Text()
		fields := strings.Fields(line)
		var from, to uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 && len(fields) >= 5 {
			start, end = 0, 0
			if len(fields) == 6 && fields[5] == self && !strings.Contains(fields[1], "w") {
				start, end = from, to
				clean[[2]uintptr{start, end}] = true
			}
			continue
		}
		// Pages that were changed, by the dynamic linker, must stay.
		if end > 0 && len(fields) == 3 && (fields[0] == "Private_Dirty:" || fields[0] == "Anonymous:") && fields[1] != "0" {
			delete(clean, [2]uintptr{start, end})
		}
	}
	for area := range clean {
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, area[0], area[1]-area[0], syscall.MADV_DONTNEED); errno != 0 {
			return errno
		}
	}
	return nil
}
