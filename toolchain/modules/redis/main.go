// Command redis is a Redis in memory, for the cache of Argo CD in the sandbox. It is not for data that matter.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	port := flag.Int("port", 6379, "port on 127.0.0.1")
	flag.Parse()
	cache := miniredis.NewMiniRedis()
	// From the environment, where no other user of the machine reads it.
	if password := os.Getenv("REDIS_PASSWORD"); password != "" {
		cache.RequireAuth(password)
	}
	if err := cache.StartAddr("127.0.0.1:" + strconv.Itoa(*port)); err != nil {
		fmt.Fprintf(os.Stderr, "redis: %v\n", err)
		os.Exit(1)
	}
	defer cache.Close()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	// The keys of miniredis expire by a clock of its own, which stands still until it is moved on.
	clock := time.NewTicker(time.Second)
	for {
		select {
		case <-clock.C:
			cache.FastForward(time.Second)
		case <-ended:
			return
		}
	}
}
