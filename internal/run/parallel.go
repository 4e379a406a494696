package run

import (
	"context"
	"errors"
	"sync"
)

// Parallel is the services as one: they start and stop side by side. When one
// does not start, the others are stopped again.
func Parallel(services ...Service) Service {
	return &parallel{services: services}
}

type parallel struct {
	mu       sync.Mutex
	services []Service
}

func (p *parallel) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	started := make([]Service, len(p.services))
	err := p.each(p.services, func(i int, s Service) error {
		if err := s.Start(ctx); err != nil {
			return err
		}
		started[i] = s
		return nil
	})
	if err == nil {
		return nil
	}
	return errors.Join(err, p.each(started, func(_ int, s Service) error {
		return s.Stop(context.WithoutCancel(ctx))
	}))
}

func (p *parallel) Stop(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.each(p.services, func(_ int, s Service) error { return s.Stop(ctx) })
}

func (p *parallel) each(services []Service, do func(int, Service) error) error {
	errs := make([]error, len(services))
	var wg sync.WaitGroup
	for i, s := range services {
		if s != nil {
			wg.Go(func() { errs[i] = do(i, s) })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}
