"""Stored chats: trees of messages, answered over resumable server-sent events."""
