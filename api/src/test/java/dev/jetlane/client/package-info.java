@NullMarked
package dev.jetlane.client;

import org.jspecify.annotations.NullMarked;
