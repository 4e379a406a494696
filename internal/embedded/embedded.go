// Package embedded knows how to run the stores of the graph on a machine where
// nothing is prepared: a private PostgreSQL cluster as a child process, the
// MongoDB wire protocol over it, Redis and NATS JetStream in this process.
package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"heddle/internal/run"
)

// URLs says where the four stores are.
type URLs struct {
	Postgres, Mongo, Redis, NATS string
}

// FromEnvironment reads the URLs of outside stores from HEDDLE_POSTGRES_URL,
// HEDDLE_MONGO_URL, HEDDLE_REDIS_URL and HEDDLE_NATS_URL; one that is not set
// is empty.
func FromEnvironment() URLs {
	return URLs{
		Postgres: os.Getenv("HEDDLE_POSTGRES_URL"),
		Mongo:    os.Getenv("HEDDLE_MONGO_URL"),
		Redis:    os.Getenv("HEDDLE_REDIS_URL"),
		NATS:     os.Getenv("HEDDLE_NATS_URL"),
	}
}

// Config says which stores are started and where their data lies.
type Config struct {
	Dir     string       // the data folder; one process at a time
	Outside URLs         // stores that are there already; those are not started
	Log     *slog.Logger // Info: what is being done, one line each; Debug: how long it took
}

// Stores are the stores of one data folder. They start side by side.
type Stores struct {
	config  Config
	folder  *Folder
	service run.Service
	urls    URLs
}

// Open takes the data folder for this process alone and prepares the stores
// that are not outside ones. Nothing runs until Start; Stop gives the folder
// back. The error is a sentence that names the folder.
func Open(config Config) (*Stores, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	folder, err := OpenFolder(config.Dir)
	if err != nil {
		return nil, err
	}
	s := &Stores{config: config, folder: folder, urls: config.Outside}
	s.service = run.Parallel(run.All(s.postgres(), s.mongo()), s.redis(), s.nats())
	return s, nil
}

// URLs gives the places of the stores once they have started.
func (s *Stores) URLs() URLs { return s.urls }

// Start starts the stores and returns when all of them answer.
func (s *Stores) Start(ctx context.Context) error { return s.service.Start(ctx) }

// Stop ends the stores and gives the data folder back.
func (s *Stores) Stop(ctx context.Context) error {
	if err := s.service.Stop(ctx); err != nil {
		return err
	}
	return s.folder.Close()
}

func (s *Stores) postgres() run.Service {
	if s.urls.Postgres != "" {
		return run.All()
	}
	cluster := NewCluster(s.folder, s.config.Log)
	return s.timed("PostgreSQL", cluster, func() { s.urls.Postgres = cluster.URL() })
}

func (s *Stores) mongo() run.Service {
	if s.urls.Mongo != "" {
		return run.All()
	}
	ferret := NewFerret(s.folder, s.config.Log, func() string { return s.urls.Postgres }, "ferretdb")
	return s.timed("MongoDB", ferret, func() { s.urls.Mongo = ferret.URL() })
}

func (s *Stores) redis() run.Service {
	if s.urls.Redis != "" {
		return run.All()
	}
	redis := NewRedis(s.folder)
	return s.timed("Redis", redis, func() { s.urls.Redis = redis.URL() })
}

func (s *Stores) nats() run.Service {
	if s.urls.NATS != "" {
		return run.All()
	}
	nats := NewNATS(s.folder)
	return s.timed("NATS", nats, func() { s.urls.NATS = nats.URL() })
}

// timed is a store that notes how long its start took and then tells its URL.
func (s *Stores) timed(name string, store run.Service, started func()) run.Service {
	return timed{Service: store, name: name, log: s.config.Log, started: started}
}

type timed struct {
	run.Service
	name    string
	log     *slog.Logger
	started func()
}

func (t timed) Start(ctx context.Context) error {
	begin := time.Now()
	if err := t.Service.Start(ctx); err != nil {
		return fmt.Errorf("start %s: %w", t.name, err)
	}
	t.started()
	t.log.Debug(t.name+" is ready", "took", time.Since(begin).Round(time.Millisecond))
	return nil
}
