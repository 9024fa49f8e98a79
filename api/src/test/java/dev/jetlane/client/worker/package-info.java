@NullMarked
package dev.jetlane.client.worker;

import org.jspecify.annotations.NullMarked;
