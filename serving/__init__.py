"""What reads the marts: the HTTP API, alerts, exports."""
