"""Feedback in the formats of others, in and out: pure readers and writers, one file a format, and
the way into the stores (`intake`) and out of them (`outgo`).
"""
