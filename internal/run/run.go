// Package run knows how long-lived parts of a process begin and end: one
// contract, and the few ways to put such parts together.
package run

import (
	"context"
	"errors"
	"sync"
)

// A Service is something that runs between Start and Stop. Start returns when
// the service is ready, Stop when it is done. Both may be called twice: a
// second Start of a running service and a Stop of one that is not running do
// nothing. A Start that failed leaves nothing running.
type Service interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// All is the services as one: they start in order and stop in reverse. When
// one does not start, those before it are stopped again. Stop goes on past an
// error and returns all of them.
func All(services ...Service) Service {
	return &all{services: services}
}

type all struct {
	mu       sync.Mutex
	services []Service
	started  int
}

func (a *all) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.started < len(a.services) {
		if err := a.services[a.started].Start(ctx); err != nil {
			return errors.Join(err, a.stop(context.WithoutCancel(ctx)))
		}
		a.started++
	}
	return nil
}

func (a *all) Stop(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stop(ctx)
}

func (a *all) stop(ctx context.Context) error {
	var errs []error
	for ; a.started > 0; a.started-- {
		errs = append(errs, a.services[a.started-1].Stop(ctx))
	}
	return errors.Join(errs...)
}
