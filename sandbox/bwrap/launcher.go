//go:build linux && (amd64 || arm64)

package bwrap

import (
	"os/exec"
	"runtime"
)

// launcher starts processes from one thread that lives as long as the host: bubblewrap dies with the thread that started it (PR_SET_PDEATHSIG,
// prctl(2)), and threads of the Go runtime come and go.
type launcher struct {
	todo chan func()
	quit chan struct{}
	done chan struct{}
}

func newLauncher() *launcher {
	l := &launcher{todo: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		for {
			select {
			case fn := <-l.todo:
				fn()
			case <-l.quit:
				return
			}
		}
	}()
	return l
}

func (l *launcher) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	select {
	case l.todo <- func() { started <- cmd.Start() }:
		return <-started
	case <-l.quit:
		return errClosed
	}
}

// stop ends the thread. Nothing is started afterwards.
func (l *launcher) stop() {
	close(l.quit)
	<-l.done
}
