"""Estimates of time, memory and disk, from counts and from rates measured on this machine."""
