# SPDX-License-Identifier: Apache-2.0
# From "RESPONDER FILE NANOSECONDS", a line a measurement, to the rows. Each ratio is the median of
# the rounds' ratios.
NF == 3 { value[$1, $2, ++count[$1, $2]] = $3 }

function median(list, n,    i, j, t) {
  for (i = 2; i <= n; i++)
    for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
      t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
    }
  return list[int((n + 1) / 2)]
}

function us(who, file,    i, list) {
  for (i = 1; i <= count[who, file]; i++) list[i] = value[who, file, i]
  return sprintf("%.1f us", median(list, count[who, file]) / 1000)
}

function ratio(a, b, file,    i, list) {
  for (i = 1; i <= count[a, file]; i++) list[i] = value[a, file, i] / value[b, file, i]
  return sprintf("%.2fx", median(list, count[a, file]))
}

END {
  if (!count["fapolicyd", "free"]) { print "nothing was measured"; exit 1 }
  printf "open by the permitted program: Keyward %s, fapolicyd %s, ratio %s  " \
    "(bare responder %s, Keyward %s of it; nobody asked %s)\n",
    us("keyward", "protected"), us("fapolicyd", "protected"), ratio("keyward", "fapolicyd", "protected"),
    us("bare", "protected"), ratio("keyward", "bare", "protected"), us("native", "protected")
  printf "open of an unprotected file: Keyward %s, fapolicyd %s, ratio %s  " \
    "(without either %s; Keyward %s of it, fapolicyd %s)\n",
    us("keyward", "free"), us("fapolicyd", "free"), ratio("keyward", "fapolicyd", "free"),
    us("native", "free"), ratio("keyward", "native", "free"), ratio("fapolicyd", "native", "free")
}
