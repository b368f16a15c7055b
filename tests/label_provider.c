/* A security label provider named `tests`, as small as one can be: PostgreSQL ships none that runs without
   SELinux. Its magic block (fmgr.h) is written out here, so that no server headers are needed.
   cc -shared -fPIC -DVERSION=17 -o label_provider.so label_provider.c */
struct abi_of_18 { int version, funcmaxargs, indexmaxkeys, namedatalen, float8byval; char extra[32]; };
#if VERSION >= 18
struct magic { int len; struct abi_of_18 abi; const char *name, *module_version; };
static const struct magic block = {sizeof(struct magic), {VERSION * 100, 100, 32, 64, 1, "PostgreSQL"}, 0, 0};
#else
struct magic { int len; struct abi_of_18 abi; };
static const struct magic block = {sizeof(struct magic), {VERSION * 100, 100, 32, 64, 1, "PostgreSQL"}};
#endif
const struct magic *Pg_magic_func(void) { return &block; }

extern void register_label_provider(const char *name, void (*hook)(const void *object, const char *label));
static void takes_any_label(const void *object, const char *label) { (void)object; (void)label; }
void _PG_init(void) { register_label_provider("tests", takes_any_label); }
