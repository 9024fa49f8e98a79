#!/bin/sh
# This file is a script with a jar behind it: these lines start that jar. JETLANE_JAVA_OPTIONS has further options for the JVM.
# The fast compiler alone and a simple collector shorten the start. When the memory is full, the JVM ends with code 3 and a line
# on the standard error; otherwise the other threads would wait for the one that failed.
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -XX:+ExitOnOutOfMemoryError -XX:+DisplayVMOutputToStderr $JETLANE_JAVA_OPTIONS -jar "$0" "$@"
