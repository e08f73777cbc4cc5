"""Measurements that are not tests: verdict accuracy and speed."""
