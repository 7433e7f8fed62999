"""The peers that Gatepost is tried with, each started and ended by the test that uses it."""
