package main

import "vauban/test/bench/process"

// server is a server under measurement.
type server struct {
	*process.Process
	name string
}

func startVauban(binary, scheme, admin string) (*server, error) {
	args := []string{"--api", scheme + "://127.0.0.1:0", "--log-level", "error", "--caller-rate", "1000000", "--source-rate", "1000000"}
	if admin != "" {
		args = append(args, "--admin", admin)
	}
	p, err := process.Vauban(binary, args...)
	if err != nil {
		return nil, err
	}
	return &server{p, "vauban, " + scheme}, nil
}

func startMoto() (*server, error) {
	p, err := process.Moto()
	if err != nil {
		return nil, err
	}
	return &server{p, "moto_server"}, nil
}
