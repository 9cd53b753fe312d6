"""Downloading a release from the official share, which stalls, drops and refuses.

A release is checked before its first gigabyte is asked for (`fetch`), several threads take its
files (`crew`, `files`), requests are repeated while they make progress (`patience`, `share`), and
what is known of every file outlives the process (`folder`).
"""
