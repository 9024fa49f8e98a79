#!/bin/sh
# This file is a program and a jar: these lines start the jar behind them. JETLANE_JAVA_OPTIONS has further options of the JVM.
# One fast compiler and a simple collector shorten the start. A thread without memory would leave the others waiting for it, so
# the JVM ends with code 3, and says so on the standard error.
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -XX:+ExitOnOutOfMemoryError -XX:+DisplayVMOutputToStderr $JETLANE_JAVA_OPTIONS -jar "$0" "$@"
