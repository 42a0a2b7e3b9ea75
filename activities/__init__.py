"""Activities: parse the message, call one service, dump its small result. No retry, no SDK."""
