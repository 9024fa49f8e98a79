package dev.jetlane.conformance.harness;

/** What happens to one exchange. */
public enum Harm {
  /** The request does not arrive, and neither do its repetitions. It has no effect. */
  REQUEST_LOST,
  /** The request takes effect. No confirmation arrives, also none of a repetition. */
  CONFIRMATION_LOST,
  /** The request has no effect, and the client receives an answer that says so. */
  REFUSED,
  /** The request takes effect. Its first confirmation is lost; that of a repetition arrives. */
  FIRST_CONFIRMATION_LOST,
  /** The request takes effect and its confirmation arrives twice. */
  ANSWERED_TWICE,
  /** The connection is cut before the request arrives. The client may connect again. */
  CUT_BEFORE,
  /** The request takes effect; the connection is cut before its confirmation arrives. */
  CUT_AFTER,
  /** The server that answers is replaced by another one: the client is to ask that one. */
  LEADER_CHANGED
}
