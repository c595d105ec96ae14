{
  "variables": { "crash_points%": 0 },
  "targets": [
    {
      "target_name": "datafabric",
      "sources": [
        "<!@(node -p \"['native','native/hot','native/net','native/client','native/yp'].flatMap(d => require('fs').readdirSync(d).filter(f => f.endsWith('.cc')).map(f => d + '/' + f)).sort().join(' ')\")"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "native"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type", "-fvisibility=hidden", "-fstack-protector-strong"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc": ["-std=c++20", "-fexceptions", "-O2"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "conditions": [
        ["crash_points==1", { "defines": ["FABRIC_CRASH_POINTS"] }],
        ["OS!='linux'", { "sources": ["<!(echo 'datafabric needs Linux: it is built on POSIX shared memory, OFD locks and epoll' >&2; exit 1)"] }]
      ]
    }
  ]
}
